# ruff: noqa: E501, RUF001 - texts of many languages: wide characters count twice, and some look alike
"""In what encoding a file is, its repairs, and text that was encoded twice."""

import random
import unicodedata
from pathlib import Path

import pytest

from sluice_clean.engine.encoding import Census, Encoding, detect, label_of
from sluice_clean.engine.model import Source
from sluice_clean.engine.mojibake import is_suspicious, repair
from sluice_clean.engine.probe import Sample, probe, settled
from sluice_clean.engine.stream import Repairs, decode

from .conftest import Run

# Per language: labels, words of a table, and the encodings that its people have used.
LANGUAGES: dict[str, tuple[str, str, list[str]]] = {
    "french": (
        "Prénom;Ville;Remarque",
        "Hélène François Zoé Benoît Gaëlle Besançon Orléans Nîmes Sète Évry très bien à revoir déjà payé reçu où gâteau",
        ["cp1252", "iso8859_15", "mac_roman", "cp850"],
    ),
    "german": (
        "Name;Straße;Größe",
        "Jürgen Müller Bärbel Groß Königstraße Düsseldorf Köln Übergröße schön für über Äpfel fünf weiß Grüße Öl möglich",
        ["cp1252", "mac_roman", "cp850", "cp437"],
    ),
    "spanish": (
        "Nombre;Año;Dirección",
        "José Núñez María Peña Málaga Córdoba León niño señal corazón mañana también está aquí día Iñigo Ramón Sofía Águeda",
        ["cp1252", "mac_roman", "cp850"],
    ),
    "portuguese": (
        "Nome;Endereço;Situação",
        "João Conceição São Paulo Brasília Maranhão não atenção coração três também órgão Antônio Goiânia ligação pão Amapá",
        ["cp1252", "mac_roman", "cp850"],
    ),
    "norwegian": (
        "Navn;Fødested;Årstall",
        "Bjørn Sæther Åse Ødegård Tromsø Ålesund Bærum kjøp også på være får når små øre blå Kåre Jørgensen Sørlandet",
        ["cp1252", "mac_roman", "cp850"],
    ),
    "icelandic": ("Nafn;Bær", "Þórður Ægisson Guðrún Ísafjörður Reykjavík það við maður börn Sigríður Ásta Höfn Borgarfjörður", ["cp1252"]),
    "polish": (
        "Imię;Miejscowość",
        "Łukasz Wójcik Zażółć Gęślą Gdańsk Kraków Łódź Poznań świeży źródło dzień został będzie książka mąż Żak Ściana ćma",
        ["cp1250", "iso8859_2", "mac_latin2", "cp852"],
    ),
    "czech": (
        "Jméno;Město",
        "Jiří Dvořák Žaneta Nováková Plzeň České Budějovice Tomáš Růžička Ústí příliš žluťoučký kůň město děkuji Šárka Brně",
        ["cp1250", "iso8859_2", "cp852"],
    ),
    "hungarian": (
        "Név;Város",
        "Kovács Győző Székesfehérvár Szűcs Ödön Győr Hódmezővásárhely köszönöm idő nő fürdő üzlet Pécs Kőszeg tűzoltó őszi",
        ["cp1250", "iso8859_2", "cp852"],
    ),
    "romanian": ("Nume;Oraş", "Ştefan Ţăranu Iaşi Brăila Timişoara Bucureşti şi până această două fără ţară Ion Bălan Căluşari", ["cp1250", "iso8859_2"]),
    "turkish": (
        "Adı;Şehir",
        "Işıl Şahin İstanbul Çağrı Öztürk Eskişehir Gülşen Yıldız Muğla değil için çok gün ışık ağaç şimdi İzmir Ağrı",
        ["cp1254", "iso8859_9", "cp857"],
    ),
    "lithuanian": ("Vardas;Gatvė", "Žukauskas Šiauliai Rūta Ąžuolaitė Panevėžys Kėdainiai gatvė žmogus ūkis įmonė ačiū šį Čiurlionis", ["cp1257", "iso8859_13"]),
    "latvian": ("Vārds;Pilsēta", "Jānis Bērziņš Rīga Jūrmala Cēsis Ģirts Ķeguma Ļaudona mākonis ēka šķūnis labrīt Kārlis Liepiņš Žagare", ["cp1257"]),
    "russian": (
        "Имя;Город;Примечание",
        "Иван Петров Мария Щукина Москва Нижний Новгород получено оплачено срочно улица Ленина Объект Юрий Фёдоров Хабаровск Цена",
        ["cp1251", "koi8_r", "cp866", "mac_cyrillic", "iso8859_5"],
    ),
    "ukrainian": ("Прізвище;Місто", "Олексій Ївженко Київ Чернівці Ганна Єременко вулиця є її зі Запоріжжя Юлія Гнатюк щодня Львів", ["cp1251", "koi8_u"]),
    "bulgarian": ("Име;Град", "Георги Димитров София Пловдив Бургас ъгъл път лъжица Ангел Щерев улица Иванка Стоянова", ["cp1251"]),
    "greek": (
        "Όνομα;Πόλη",
        "Γιώργος Παπαδόπουλος Ελένη Ηλιάδου Θεσσαλονίκη Αθήνα Πάτρα οδός και της για Ηράκλειο Ιωάννα Χρήστος Έλενα Άννα",
        ["cp1253", "iso8859_7", "cp737"],
    ),
    "hebrew": ("שם;עיר", "דוד כהן שרה לוי ירושלים תל אביב חיפה באר שבע רחוב הרצל מספר יוסף מזרחי רחל", ["cp1255", "iso8859_8", "cp862"]),
    "arabic": ("الاسم;المدينة", "محمد علي فاطمة حسن القاهرة بيروت دمشق بغداد شارع رقم أحمد خالد مريم الرياض", ["cp1256", "iso8859_6"]),
    "thai": ("ชื่อ;เมือง", "สมชาย ใจดี กรุงเทพมหานคร มาลี ศรีสุข เชียงใหม่ ภูเก็ต ถนน ที่อยู่ ขอนแก่น วันที่ ราคา", ["cp874"]),
    "vietnamese": ("Tên;Thành phố", "Nguyễn Văn Đức Hà Nội Trần Thị Hương Đà Nẵng Huế đường phường quận Lê Hồng Cần Thơ", ["cp1258"]),
    "japanese": (
        "氏名;住所;備考",
        "田中太郎 鈴木さくら 東京都千代田区 大阪府大阪市 ありがとう 未払い カタカナ 会社名 佐藤一郎 札幌市中央区 在庫なし",
        ["cp932", "euc_jp", "iso2022_jp"],
    ),
    "kanji": ("商品;価格;在庫", "机 椅子 本棚 有 無 東京 大阪 名古屋 新品 中古 赤色 青色 小型 大型", ["cp932", "euc_jp"]),
    "simplified": ("姓名;城市;地址", "王小明 李丽 北京市 上海市浦东新区 张伟 广州 数量 已付款 客户 深圳市南山区 人民路", ["gb18030"]),
    "traditional": ("姓名;城市;地址", "王小明 陳麗華 臺北市 高雄市左營區 數量 已付款 客戶 新竹 中正路 張偉 台中市西屯區", ["big5hkscs"]),
    "korean": ("이름;도시;비고", "김철수 이영희 서울특별시 부산광역시 대전 감사합니다 주문 수량 박지훈 제주도 강남구 최수진", ["cp949"]),
}  # fmt: skip
SIZES = (5, 30, 200)
# Accuracy that is promised, over all languages, encodings and sizes: the text is read as it was written.
PROMISED = 0.99


def table(labels: str, words: str, rows: int, seed: str) -> str:
    rng = random.Random(seed)
    stock, width = words.split(), labels.count(";") + 1
    lines = [";".join([str(number), *(rng.choice(stock) for _ in range(width))]) for number in range(rows)]
    return "\n".join([f"Nr;{labels}", *lines]) + "\n"


def encoded(text: str, codec: str) -> bytes:
    if codec != "cp1258":
        return text.encode(codec)
    # Vietnamese Windows writes the tone as a mark of its own after the vowel.
    out = b""
    for character in unicodedata.normalize("NFC", text):
        try:
            out += character.encode(codec)
        except UnicodeEncodeError:
            base, *marks = list(unicodedata.normalize("NFD", character))
            tones = [mark for mark in marks if mark in "\u0300\u0301\u0303\u0309\u0323"]
            vowel = unicodedata.normalize("NFC", base + "".join(mark for mark in marks if mark not in tones))
            out += (vowel + "".join(tones)).encode(codec)
    return out


def _detect(data: bytes, chunk: int = 1 << 20) -> Encoding:
    census = Census()
    for start in range(0, len(data), chunk):
        census.add(data[start : start + chunk])
    return detect(census)


def _sample(tmp_path: Path, data: bytes) -> Sample:
    path = tmp_path / "file"
    path.write_bytes(data)
    return probe(Source.local(path))


def _cases() -> list[tuple[str, str, int]]:
    return [(language, codec, rows) for language, item in LANGUAGES.items() for codec in item[2] for rows in SIZES]


def test_every_family_is_told_by_tables_of_few_and_of_many_rows() -> None:
    wrong = []
    for language, codec, rows in _cases():
        labels, words, _ = LANGUAGES[language]
        data = encoded(table(labels, words, rows, f"{language}/{rows}"), codec)
        found = _detect(data)
        # Many code pages agree on what a language writes: what counts is that the text is right.
        if data.decode(found.name, "replace") != data.decode(codec):
            wrong.append(f"{language} in {codec}, {rows} rows, read as {found.name}")
    assert len(wrong) <= len(_cases()) * (1 - PROMISED), wrong


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("language", ["french", "russian", "japanese", "arabic"])
def test_wide_encodings_are_told_without_a_mark(language: str, codec: str) -> None:
    labels, words, _ = LANGUAGES[language]
    assert _detect(table(labels, words, 20, language).encode(codec)).name == codec


@pytest.mark.parametrize(
    ("mark", "codec"),
    [
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
        (b"\xff\xfe\x00\x00", "utf-32-le"),
        (b"\x00\x00\xfe\xff", "utf-32-be"),
    ],
)
def test_a_byte_order_mark_decides_and_is_no_text(tmp_path: Path, mark: bytes, codec: str) -> None:
    sample = _sample(tmp_path, mark + "id,näme\n1,x\n".encode(codec))
    assert (sample.encoding, sample.marked, sample.head) == (codec, True, "id,näme\n1,x\n")


def test_utf8_is_utf8_and_ascii_too() -> None:
    assert _detect(b"id,name\n1,Ann\n").name == "utf-8"
    found = _detect("id,name\n1,Zoë\n".encode())
    assert (found.name, found.confidence) == ("utf-8", 1.0)


def test_a_character_cut_between_chunks_is_whole() -> None:
    assert _detect("1,Zoë,日本語,😀\n".encode() * 50, chunk=7).name == "utf-8"


def test_the_first_letter_beyond_ascii_may_come_late(tmp_path: Path) -> None:
    late = b"1;plain;words\n" * 160_000 + "2;Иван Петров;Москва\n3;Мария;Казань\n".encode("cp1251")
    sample = _sample(tmp_path, late)
    assert sample.encoding == "cp1251"
    assert "Петров" in sample.later[-1]


def test_all_bytes_seen_on_the_way_correct_a_remote_sample(tmp_path: Path) -> None:
    data = b"1;plain;words\n" * 160_000 + "2;Иван Петров;Москва\n".encode("cp1251") * 3 + b"3;more;words\n" * 40_000
    path = tmp_path / "file"
    path.write_bytes(data)
    local = Source.local(path)
    sample = probe(Source("s3://bucket/key", "key", local.size, local.read))
    assert sample.encoding == "utf-8", "three places of the file show ASCII only"
    census = Census()
    census.add(data)
    assert settled(sample, census).encoding == "cp1251"


def test_utf8_with_strays_is_utf8_and_each_stray_is_counted() -> None:
    lines = ["1,Zoë,Łódź,Málaga\n".encode()] * 40 + [b"2,caf\xe9 na\xefve,x,y\n"] * 3
    random.Random(7).shuffle(lines)
    data = b"".join(lines)
    assert _detect(data).name == "utf-8"
    repairs = Repairs()
    text = "".join(decode(iter([data]), "utf-8", repairs))
    assert text.count("café naïve") == 3
    assert repairs.stray == 6


def test_a_character_cut_at_the_end_loses_no_row() -> None:
    data = "1,東京\n2,大阪\n".encode("cp932") + "3,京".encode("cp932")[:-1]
    found = _detect("氏名,住所\n田中,東京都千代田区\n鈴木,大阪府大阪市\n".encode("cp932") + data)
    assert found.name == "cp932"
    repairs = Repairs()
    assert "".join(decode(iter([data]), found.name, repairs)).splitlines() == ["1,東京", "2,大阪", "3,\ufffd"]
    assert repairs.stray == 1


@pytest.mark.parametrize("codec", ["cp932", "euc_jp", "gb18030", "big5hkscs", "cp949"])
def test_an_invalid_byte_never_takes_a_line_end_along(codec: str) -> None:
    repairs = Repairs()
    text = "".join(decode(iter([b"1,a\x81\n2,b\xfe\n3,c\n"]), codec, repairs))
    assert text.count("\n") == 3
    assert repairs.stray > 0 or codec == "cp932"  # there 0xFE is a letter of a vendor's own


def test_an_escape_that_does_not_end_stops_nothing(run: Run) -> None:
    """Python's decoder of ISO-2022-JP gives up at it, however it is to treat faults."""
    endless = b"f\x1b([\nf_\x1b0([1])"
    assert _detect(endless).name != "iso2022_jp"
    assert run(b"a,b\n" + endless).report.rows_in
    said = "日本,東京\n"
    chunks = [said.encode("iso2022_jp") * 3 + b"x\x1b([[[[[[[[[,y\n", said.encode("iso2022_jp")]
    text = "".join(decode(iter(chunks), "iso2022_jp", Repairs()))
    assert (text.count(said), text.count("\n"), "y" in text) == (4, 5, True)


def test_a_byte_that_windows_leaves_undefined_is_kept_and_counted() -> None:
    repairs = Repairs()
    assert "".join(decode(iter([b"caf\xe9,\x81\n"]), "cp1252", repairs)) == "café,\x81\n"
    assert repairs.stray == 1


def test_marks_of_appended_files_go_and_other_zero_width_characters_stay() -> None:
    text = "\ufeffid,who\n1,Ann\n\ufeffid,who\r\ufeff2,B\ufeffob\n"
    for size in (3, 8, 1000):
        data = text.encode()
        chunks = (data[start : start + size] for start in range(0, len(data), size))
        assert "".join(decode(chunks, "utf-8", Repairs())) == "id,who\n1,Ann\nid,who\r2,B\ufeffob\n"


def test_labels_are_those_of_the_whatwg_or_iana() -> None:
    labels = {
        codec: label_of(codec) for codec in ("utf-8", "cp1252", "cp932", "cp949", "koi8_r", "cp866", "mac_cyrillic")
    }
    assert list(labels.values()) == [
        "utf-8",
        "windows-1252",
        "shift_jis",
        "euc-kr",
        "koi8-r",
        "ibm866",
        "x-mac-cyrillic",
    ]


def test_confidence_is_high_where_there_is_much_evidence_and_lower_where_there_is_little() -> None:
    labels, words, _ = LANGUAGES["russian"]
    assert _detect(table(labels, words, 100, "x").encode("koi8_r")).confidence > 0.95
    assert _detect(b"a\n\xe9\n").confidence < 0.9


# ---- text that was encoded twice


def _twice(text: str, codec: str) -> str:
    """UTF-8 read as another code page; a byte without a meaning there becomes a control character."""
    return "".join(bytes([byte]).decode(codec, "ignore") or chr(byte) for byte in text.encode())


@pytest.mark.parametrize("codec", ["cp1252", "latin-1"])
@pytest.mark.parametrize(
    "text",
    [
        "12,José Núñez,Málaga",
        "don\u2019t \u201cquote\u201d \u2013 dash\u2026",
        "Привет мир",
        "Ελλάδα",
        "日本語テスト",
        "Łódź Żółć",
        "5 €,6 £",
        "São Paulo",
        "\ufeffid,name",
        "ok 😀",
        "Grüße aus Köln",
    ],
)
def test_doubly_encoded_text_is_set_right(text: str, codec: str) -> None:
    damaged = _twice(text, codec)
    assert is_suspicious(damaged.encode())
    assert repair(damaged) == (text, 1)


@pytest.mark.parametrize(
    ("text", "codec"),
    [("Привет мир", "cp1251"), ("café crème", "mac_roman"), ("José Núñez", "cp437"), ("Málaga", "cp1250")],
)
def test_other_wrong_decoders_are_seen_through(text: str, codec: str) -> None:
    assert repair(_twice(text, codec))[0] == text


def test_text_encoded_three_times_is_set_right() -> None:
    assert repair(_twice(_twice("Müller, Łódź", "cp1252"), "cp1252"))[0] == "Müller, Łódź"


@pytest.mark.parametrize(
    "text",
    [
        "José Núñez,Málaga",
        "SÃO PAULO,\u201cIRMÃ\u201d",
        "RÉSUMÉ\u2026",
        "voilà \u2013 c\u2019est «bon»",
        "ŠKODA\u2122 ČR",
        "Москва,РОССИЯ»,«ДОМ»,КРОВ»",
        "Гёте,Ёлка,ПЁТР «ПЕРВЫЙ»",
        "Ã la carte",
        "NGUYỄN VĂN Ã",
        "Åse®,Ørsted\u2122",
        "中文,日本語,한국어",
        "il a «été»\u201d",
        "\u221a2,\u221a9",
        "├── a,│   └── b",
        "Ђоковић,Сергій Їжак",
        "5Â,\u201cÐ\u201d",
        "สวัสดี,שלום,مرحبا",
    ],
)
def test_what_somebody_may_have_meant_is_left_alone(text: str) -> None:
    assert repair(text) == (text, 0)


def test_only_damaged_lines_change_and_some_are_shown() -> None:
    examples: list[tuple[str, str]] = []
    text = "\n".join(["1,Zoë", *["2,ZoÃ«"] * 5, "3,Ann"])
    assert repair(text, examples) == ("\n".join(["1,Zoë", *["2,Zoë"] * 5, "3,Ann"]), 5)
    assert examples == [("2,ZoÃ«", "2,Zoë")] * 3


@pytest.mark.parametrize("mark", [",", ", ", " || ", " "])
def test_doubly_encoded_text_is_set_right_whatever_parts_the_fields(run: Run, mark: str) -> None:
    lines = [mark.join([str(n), _twice(f"René{n}", "cp1252"), f"{n}.5"]) for n in range(20)]
    outcome = run("\n".join([mark.join(["id", "name", "v"]), *lines]) + "\n")
    assert outcome.column("name") == [f"René{n}" for n in range(20)]


def test_ascii_is_not_suspicious() -> None:
    assert not is_suspicious(b"id,name\n1,Ann\n" * 1000)


@pytest.mark.parametrize(
    ("declared", "codec", "word", "told"),
    [
        ("big5", "big5", "臺北市中正區", "replaced by U+FFFD"),
        ("euc-kr", "euc_kr", "서울특별시", "replaced by U+FFFD"),
        ("gb2312", "gb2312", "北京市", "replaced by U+FFFD"),
        ("windows-1250", "cp1250", "Łódź", "read as Windows-1252"),
    ],
)
def test_the_report_tells_what_became_of_strays(run: Run, declared: str, codec: str, word: str, told: str) -> None:
    head = f"<?xml version='1.0' encoding='{declared}'?><l>".encode()
    body = b"".join(b"<r><a>%d</a><b>%s</b></r>" % (n, word.encode(codec)) for n in range(20))
    stray = b"\xff" if "FFFD" in told else b"\x83"  # undefined in Windows-1250
    outcome = run(head + body + b"<r><a>20</a><b>x" + stray + b"</b></r></l>", name="a.xml")
    assert outcome.column("b")[0] == word
    assert outcome.column("b")[20] == ("x\ufffd" if "FFFD" in told else "xƒ")
    assert any(told in warning for warning in outcome.report.warnings), outcome.report.warnings


def test_a_word_in_every_record_is_not_evidence_a_thousand_times(run: Run) -> None:
    text = "index,day,value\n" + "".join(f"Larsen Smallcap® Growth,2020-01-{day:02},{day}.5\n" for day in range(1, 29))
    assert run(text.encode("cp1252")).column("index") == ["Larsen Smallcap® Growth"] * 28
