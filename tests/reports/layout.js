// What is wrong with how a page is laid out, in words; run as the body of a function.
const wrong = [];
const visible = (one) => one.getClientRects().length > 0;
const box = (one) => one.getBoundingClientRect();
const children = (one) => [...one.children].filter(visible).filter((each) => each.id !== "js-plotly-tester");
const meet = (a, b) =>
  a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
const within = (a, b) =>
  a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
const name = (one) => {
  const own = one.id ? `#${one.id}` : [one.localName, ...one.classList].join(".");
  const place = one.closest("section")?.id;
  return place && place !== one.id ? `${own} in #${place}` : own;
};
const tell = (one, what) => wrong.push(`${name(one)} ${what}`);

if (document.documentElement.scrollWidth > innerWidth) wrong.push("the page scrolls sideways");

// Blocks follow each other.
for (const parent of [document.body, ...document.querySelectorAll("main, section, figure")]) {
  if (parent.matches(".small figure")) continue;  // laid out by the grid that it is in
  children(parent).reduce((before, one) => {
    if (before && box(one).top < box(before).bottom - 1) tell(one, `covers ${name(before)}`);
    return one;
  }, null);
}

// What stands side by side keeps apart, and in its grid.
for (const grid of document.querySelectorAll(".columns, .result, .small, .maps, .values")) {
  children(grid).forEach((one, place, all) => {
    if (!within(box(one), box(grid))) tell(one, "leaves its grid");
    all.slice(place + 1).forEach((other) => {
      if (meet(box(one), box(other))) tell(other, `covers ${name(one)}`);
    });
  });
}

// Nothing sticks out, unless a frame around it scrolls. Paper does not.
const paper = matchMedia("print").matches;
const scrolls = (one) => ["auto", "scroll"].includes(getComputedStyle(one).overflowX);
for (const one of document.querySelectorAll("header *, nav, main *, footer")) {
  if (!visible(one) || one.closest("svg, .plot, details:not([open])")) continue;
  if (scrolls(one)) {
    if (paper && one.scrollWidth > one.clientWidth + 1) tell(one, "is cut off on paper");
    continue;
  }
  let frame = one.parentElement;
  while (frame && !scrolls(frame)) frame = frame.parentElement;
  if (frame && frame !== document.documentElement) continue;
  if (box(one).left < -1 || box(one).right > innerWidth + 1) tell(one, "sticks out of the page");
  if (one.matches("p, td, th, dt, dd, h1, h2, h3, li") && one.scrollWidth > one.clientWidth + 1)
    tell(one, "is narrower than its words");
}

// A figure is as wide as its place, its words lie in it, its legend and titles cover nothing.
for (const plot of document.querySelectorAll(".plot")) {
  const drawing = plot.querySelector(".main-svg");
  const spare = plot.clientWidth - drawing.clientWidth;
  if (spare < -1 || (spare > 1 && !paper)) tell(plot, "is not as wide as its place");
  for (const words of plot.querySelectorAll(".main-svg text")) {
    if (words.textContent && visible(words) && !within(box(words), box(plot)))
      tell(plot, `cuts off “${words.textContent}”`);
  }
  const legend = plot.querySelector(".legend");
  const area = plot.querySelector(".nsewdrag");
  if (legend && area && meet(box(legend), box(area))) tell(plot, "has its legend over its marks");
  for (const axis of ["x", "y"]) {
    const title = plot.querySelector(`.${axis}title`);
    const ticks = [...plot.querySelectorAll(`.${axis}tick text`)];
    const hit = title && ticks.find((tick) => meet(box(title), box(tick)));
    if (hit) tell(plot, `has its title over “${hit.textContent}”`);
    ticks.reduce((before, tick) => {
      if (before && meet(box(before), box(tick)))
        tell(plot, `has “${before.textContent}” over “${tick.textContent}”`);
      return tick;
    }, null);
  }
}
return wrong;
