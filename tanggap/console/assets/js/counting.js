// Counts a text as its platform does: the mirror of tanggap/channels/{limits,links,emoji}.py, so that the number stands
// while somebody types. tests/channels/counting_vectors.json holds both to the same numbers; the server's word counts.
// `data` is tanggap/channels/data/counting.json.

const LABEL_MOST = 63, LINK_MOST = 4096, TCO_MOST = 40, X_LINK = 23, BLUESKY_BYTES = 3000;
const LIGHT = [[0, 4351], [8192, 8205], [8208, 8223], [8242, 8247]];
const BROKEN = "\\ufffe\\ufeff\\uffff";
const EDGES = "\\u202a-\\u202e\\u061c\\u200e\\u200f\\u2066-\\u2069";
const SPACES = "\\t-\\r \\x85\\xa0\\u1680\\u180e\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const SIGN = `[^!'#%&()*+,\\\\\\-.\\/:;<=>?@\\[\\]\\^_{|}~$${SPACES}${BROKEN}${EDGES}]`;
const LATIN = "\\xc0-\\xd6\\xd8-\\xf6\\xf8-\\xff\\u0100-\\u024f\\u0253\\u0254\\u0256\\u0257\\u0259\\u025b\\u0263\\u0268\\u026f\\u0272\\u0289\\u028b\\u02bb\\u0300-\\u036f\\u1e00-\\u1eff";
const CYRILLIC = "\\u0400-\\u04ff";
const WIDE = "\\xa0-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\uffef\\u{10000}-\\u{efffd}";
const X = {
  path: `[a-z${CYRILLIC}0-9!*';:=+,.$\\/%#\\[\\]\\-\\u2013_~@\\|&${LATIN}]`,
  pathEnd: `[+\\-a-z${CYRILLIC}0-9=_#\\/${LATIN}]`,
  query: "[a-z0-9!?*'@\\(\\);:&=+$\\/%#\\[\\]\\-_.,~\\|]",
  queryEnd: "[a-z0-9\\-_&=#\\/]",
};
const MASTODON = {
  path: "[^\\p{White_Space}<>\\(\\)?]",
  pathEnd: "[^\\p{White_Space}\\(\\)?!*\"'「」<>;:=,.$%\\[\\]~&\\|]",
  query: `[a-z0-9!?*'@\\(\\);:&=+$\\/%#\\[\\]\\-_.,~\\|\\^${WIDE}]`,
  queryEnd: `[a-z0-9\\-_&=#\\/${WIDE}]`,
};
const WORD = "\\p{L}\\p{M}\\p{N}_";
const RUN = new RegExp(`(?:${SIGN}|[-_.])+`, "gu");
const LABEL = new RegExp(`^${SIGN}+(?:[_-]+${SIGN}+)*$`, "u");
const TCO = new RegExp(`^https?:\\/\\/t\\.co\\/([a-z0-9]+)(?:\\?${X.query}*${X.queryEnd})?`, "u");
const HANDLE = new RegExp(`(?<![${WORD}@\\/=])@([a-zA-Z0-9_]+(?:[.\\-]+[a-zA-Z0-9_]+)*)@[${WORD}.\\-]+[${WORD}]`, "gu");
const LEADING = /^(?:[ \t\r\n]*@[a-zA-Z0-9_]{1,15}(?![a-zA-Z0-9_]))+[ \t\r\n]*/;
const GLUED = new Set("abcdefghijklmnopqrstuvwxyz0123456789@＠$#＃\ufffe\ufeff\uffff");
const TONE = "[\\u{1f3fb}-\\u{1f3ff}]";
const ONE = `(?:\\p{Emoji_Modifier_Base}${TONE}|(?=[^0-9#*])(?:\\p{Emoji}\\ufe0f|\\p{Emoji_Presentation}))`;
const KEYCAP = "[0-9#*]\\ufe0f?\\u20e3";
const TAGGED = "\\u{1f3f4}[\\u{e0020}-\\u{e007e}]+\\u{e007f}";

export function counting(data) {
  const ending = endings(data);
  const latinDomain = new RegExp(`(?:[-a-z0-9${LATIN}]+\\.)+${ending}`, "gu");
  const at = { ending: new RegExp(ending, "uy"), narrow: tail(X), wide: tail(MASTODON) };
  const known = new RegExp(knownEmoji(data), "gu");
  const sign = `(?:${TAGGED}|(?=[^0-9#*])[\\p{Emoji}\\p{Extended_Pictographic}]${TONE}?\\ufe0f?)`;
  const shown = new RegExp(`\\p{Regional_Indicator}{2}|${KEYCAP}|${sign}(?:\\u200d${sign})*`, "gu");
  const segments = new Intl.Segmenter("id", { granularity: "grapheme" });

  const clusters = (text) => { let n = 0; for (const _ of segments.segment(text)) n++; return n; };
  const points = (text) => { let n = 0; for (const _ of text) n++; return n; };
  const shortened = (text, limits, wide = false) =>
    limits.url_length ? replaced(text, links(text, false, wide), "x".repeat(limits.url_length)) : text;

  const counters = {
    codepoints: (text, limits) => points(shortened(text, limits)),
    graphemes: (text, limits) => clusters(shortened(text, limits)),
    bluesky: (text, limits) => clusters(shortened(text, limits)),
    utf16: (text, limits) => shortened(text, limits).length,
    mastodon: (text, limits) => clusters(shortened(text, limits, true).replace(HANDLE, "@$1")),
    x_weighted(text, limits) {
      const whole = text.normalize("NFC");
      const spans = links(whole, true);
      let pictures = 0, weight = 0;
      const rest = replaced(whole, spans, "\n").replace(known, () => { pictures++; return ""; });
      for (const one of rest) weight += LIGHT.some(([low, high]) => low <= one.codePointAt(0) && one.codePointAt(0) <= high) ? 1 : 2;
      return weight + spans.length * ((limits.url_length || X_LINK) - 1) + 2 * pictures;
    },
    emoji_utf8(text, limits) {
      const whole = shortened(text, limits);
      let n = points(whole);
      for (const [one] of whole.matchAll(shown)) n += bytes(one) - points(one);
      return n;
    },
  };

  // {used, most, unit} of the limit that leaves least room.
  function count(text, limits) {
    const typed = limits.leading_mentions_free ? text.replace(LEADING, "") : text;
    const signs = { used: counters[limits.count](typed, limits), most: limits.most, unit: "characters" };
    const bytesMost = limits.bytes_most || (limits.count === "bluesky" ? BLUESKY_BYTES : 0);
    if (!bytesMost) return signs;
    const size = { used: bytes(typed), most: bytesMost, unit: "bytes" };
    return size.used * signs.most > signs.used * size.most ? size : signs;
  }

  function links(text, bare, wide = false) {
    if (!text.includes(bare ? "." : "://")) return [];
    const lowered = text.replace(/[A-Z]/g, (one) => one.toLowerCase());
    const found = [];
    let least = 0, before = 0;
    for (const run of lowered.matchAll(RUN)) {
      const labels = new Labels(lowered, run.index, run[0], at.ending);
      let here = 0, begun;
      while ((begun = labels.next(here, least))) {
        const { start, scheme } = begun;
        here = begun.last;
        const end = labels.end(here);
        const rest = sticky(wide ? at.wide : at.narrow, lowered, end);
        const done = end + rest[0].length;
        least = halved(lowered, done) ? done : done + 1;
        const glued = start > 0 && start !== before && "-_./".includes(lowered[start - 1]);
        before = done;
        if (speakable(lowered.slice(start, end), done - start + scheme) && (scheme || (bare && !glued)))
          found.push(...accepted(lowered, start, end, scheme, done, rest.groups.path));
      }
    }
    return found;
  }

  function accepted(text, start, end, scheme, to, path) {
    if (scheme) {
      const short = TCO.exec(text.slice(start - scheme, to));
      if (!short) return [[start - scheme, to]];
      return short[1].length > TCO_MOST ? [] : [[start - scheme, start - scheme + short[0].length]];
    }
    const found = [...text.slice(start, end).matchAll(latinDomain)].map((one) => [start + one.index, start + one.index + one[0].length]);
    if (found.length && path) found.at(-1)[1] = to;
    return found;
  }

  return { count, links };
}

// A run of letters, dots and dashes, parted at its dots; knows where a domain in it can begin and end.
class Labels {
  constructor(text, at, run, ending) {
    this.text = text;
    this.labels = run.split(".");
    this.starts = [];
    let place = at;
    for (const one of this.labels) { this.starts.push(place); place += one.length + 1; }
    this.whole = this.labels.map((one) => LABEL.test(one));
    this.ends = this.starts.map((start) => { const one = sticky(ending, text, start); return one ? start + one[0].length : 0; });
    this.last = new Array(this.labels.length + 1).fill(0);
    for (let here = this.labels.length - 2; here >= 0; here--)
      this.last[here] = this.further(here) || (this.ends[here + 1] && !this.labels[here].includes("_") ? here + 1 : 0);
  }

  next(here, least) {
    for (let one = here; one < this.labels.length - 1; one++) {
      const last = this.further(one);
      if (!last && !this.ends[one + 1]) continue;
      const begun = this.begin(one, least, !last);
      if (begun) return { ...begun, last: last || one + 1 };
    }
    return null;
  }

  end(here) { return this.ends[here]; }

  further(here) { return this.whole[here + 1] ? this.last[here + 1] : 0; }

  begin(here, least, onlyName) {
    const text = this.text, at = this.starts[here], to = at + this.labels[here].length;
    if (to === at || "-_".includes(text[to - 1])) return null;
    const first = onlyName ? at + this.labels[here].lastIndexOf("_") + 1 : at;
    const scheme = /https?:\/\/$/.exec(text.slice(Math.max(least, at - 8), at));
    if (scheme && first <= at && !"-_".includes(text[at]) && free(text, at - scheme[0].length)) return { start: at, scheme: scheme[0].length };
    const begin = Math.max(at, first, least);
    // At the very beginning a sign that may stand before a domain is tried as such first.
    const early = begin === 0 ? width(text, 0) : 0;
    if (early && early < to && free(text, early) && !"-_".includes(text[early])) return { start: early, scheme: 0 };
    for (let place = begin; place < to; place += width(text, place))
      if (!"-_".includes(text[place]) && free(text, place)) return { start: place, scheme: 0 };
    return null;
  }
}

function free(text, at) { return at === 0 || !GLUED.has(text[at - 1]) || halved(text, at); }

function halved(text, at) { return at < text.length && text.codePointAt(at) > 0xffff; }

function width(text, at) { return halved(text, at) ? 2 : 1; }

function speakable(domain, length) {
  return length <= LINK_MOST && domain.split(".").every((label) => label.length <= LABEL_MOST || [...label].length <= LABEL_MOST);
}

function sticky(pattern, text, at) { pattern.lastIndex = at; return pattern.exec(text); }

function replaced(text, spans, by) {
  const parts = [];
  let at = 0;
  for (const [start, end] of spans) { parts.push(text.slice(at, start), by); at = end; }
  return parts.join("") + text.slice(at);
}

function bytes(text) { return new TextEncoder().encode(text).length; }

function endings(data) {
  const names = data.tlds.names.split(" ").sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  return `(?:(?:${names.join("|")})(?=[^0-9a-z@+\\-]|$)|xn--[\\-0-9a-z]+)`;
}

function tail({ path, pathEnd, query, queryEnd }) {
  const brackets = `\\((?:${path}+|${path}*\\(${path}+\\)${path}*)\\)`;
  return new RegExp(`(?::[0-9]+)?(?<path>\\/(?:(?:${path}|${brackets})*${pathEnd})?(?:${brackets})*)?(?:\\?${query}*${queryEnd})?`, "uy");
}

function knownEmoji({ emoji }) {
  const joined = emoji.joined.split(" ").sort((a, b) => [...b].length - [...a].length);
  const parts = joined.map((one) => one.split("\u200d").map((sign) => `${sign}${TONE}?\\ufe0f?`).join("\\u200d"));
  const flags = emoji.flags.split(" ").map((one) => [...one].map((letter) => String.fromCodePoint(0x1f1e6 + letter.charCodeAt(0) - 65)).join(""));
  return [...parts, ...flags, ...emoji.tagged.split(" "), KEYCAP, ONE].join("|");
}
