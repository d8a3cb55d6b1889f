// Parts a text where its platform folds it, and puts the link below it: as publishing/previews.py and contents.py do.
export function folded(text, signs, lines) {
  const whole = [...text.trimEnd()];
  let end = whole.length;
  if (lines) end = Math.min(end, [...text.trimEnd().split("\n").slice(0, lines).join("\n")].length);
  if (signs && signs < end) {
    let reached = 0;
    for (const [word] of whole.join("").matchAll(/\S+\s*/gu)) {
      if (reached + [...word].length > signs) break;
      reached += [...word].length;
    }
    end = reached || signs;
  }
  const head = whole.slice(0, end).join("").trimEnd();
  return [head, whole.join("").slice(head.length)];
}

export function withLink(text, link) {
  if (!link || text.includes(link.split("?")[0])) return text;
  return text.trim() ? `${text.trimEnd()}\n\n${link}` : link;
}
