"""Names of months and of weekdays in seven languages, in lower case and without accents.

Source: Unicode CLDR, the calendars of en, de, fr, es, it, pt and nl.
"""

_MONTHS = (
    "jan january januar janner janvier janv enero ene gennaio gen janeiro januari",
    "feb february februar feber fevrier fevr fev febrero febbraio fevereiro februari febr",
    "mar march marz mars marzo marco maart mrt maa mrz",
    "apr april avril avr abril abr aprile",
    "may mai mayo maggio mag maio mei",
    "jun june juni juin junio giugno giu junho",
    "jul july juli juillet juil julio luglio lug julho",
    "aug august aout agosto ago augustus",
    "sep sept september septembre septiembre setiembre settembre set setembro",
    "oct october oktober okt octobre octubre ottobre ott outubro out",
    "nov november novembre noviembre novembro",
    "dec december dezember dez decembre diciembre dic dicembre dezembro",
)
_WEEKDAYS = (
    "mon monday montag mo lundi lun lunes lunedi segunda segunda-feira seg maandag ma",
    "tue tues tuesday dienstag di mardi mar martes martedi terca terca-feira ter dinsdag",
    "wed wednesday mittwoch mi mercredi mer miercoles mie mercoledi quarta quarta-feira qua woensdag wo",
    "thu thur thurs thursday donnerstag do jeudi jeu jueves jue giovedi gio quinta quinta-feira qui donderdag",
    "fri friday freitag fr vendredi ven viernes vie venerdi sexta sexta-feira sex vrijdag vr",
    "sat saturday samstag sonnabend sa samedi sam sabado sab sabato zaterdag za",
    "sun sunday sonntag so dimanche dim domingo dom domenica zondag zo",
)

MONTHS: dict[str, int] = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
WEEKDAYS: frozenset[str] = frozenset(name for names in _WEEKDAYS for name in names.split())
