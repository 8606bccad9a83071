'use strict';

// A plugin of the services' serverless.yml. serverless-python-requirements compresses each package with
// JSZip, whose deflate is JavaScript (pako) at level 9: 15 of the 20 seconds that a deploy of `clean` took.
// This hands the same bytes to Node's own zlib at its usual level: 1.5 seconds, and as small within 0.5 %.
// Large files are DuckDB's libraries, the same in every deployment: what they become is kept, by their content.

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const zlib = require('node:zlib');

const jszip = require.resolve('jszip', {
  paths: [require.resolve('serverless-python-requirements')],
});
const pako = require(require.resolve('pako', { paths: [jszip] }));

const KEPT = path.join(__dirname, '..', '..', '.cache', 'deflated');
const LARGE = 4 * 1024 * 1024;

function deflate(bytes) {
  if (bytes.length < LARGE) return zlib.deflateRawSync(bytes);
  // another zlib may compress otherwise: equal packages want equal tools
  const name = `${process.versions.zlib}-${crypto.createHash('sha256').update(bytes).digest('hex')}`;
  const kept = path.join(KEPT, name);
  if (fs.existsSync(kept)) return fs.readFileSync(kept);
  const deflated = zlib.deflateRawSync(bytes);
  fs.mkdirSync(KEPT, { recursive: true });
  const scratch = `${kept}.${process.pid}`;
  fs.writeFileSync(scratch, deflated);
  fs.renameSync(scratch, kept);
  return deflated;
}

/** The part of pako's Deflate that JSZip uses: push chunks, get the compressed bytes by onData. */
class NativeDeflate {
  constructor() {
    this.chunks = [];
  }

  push(chunk, isLast) {
    this.chunks.push(Buffer.from(chunk));
    if (isLast) this.onData(new Uint8Array(deflate(Buffer.concat(this.chunks))));
  }
}

class NativeZip {
  constructor() {
    pako.Deflate = NativeDeflate;
  }
}

module.exports = NativeZip;
