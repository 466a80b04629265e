"""People who have no mouse: from one thing to the next with the tabulator, and always seeing where they are."""

from playwright.sync_api import Page

_MOST = 80
_SEEN = """() => {
  const at = document.activeElement;
  if (!at || at === document.body || at.id === 'main') return 21;
  const paint = Object.assign(document.createElement('canvas'), {width: 1, height: 1})
    .getContext('2d', {willReadFrequently: true});
  const light = colour => {  // whatever space it is written in
    paint.clearRect(0, 0, 1, 1);
    paint.fillStyle = colour;
    paint.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = paint.getImageData(0, 0, 1, 1).data;
    const [x, y, z] = [r, g, b].map(c => c / 255).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
    return a === 0 ? null : .2126 * x + .7152 * y + .0722 * z;
  };
  let around = at.parentElement, ground = null;
  for (; around && ground === null; around = around.parentElement)
    ground = light(getComputedStyle(around).backgroundColor);
  if (ground === null) ground = matchMedia('(prefers-color-scheme: dark)').matches ? 0 : 1;
  const marks = [at, at.nextElementSibling, ...at.querySelectorAll('*')].filter(Boolean).flatMap(one => {
    const look = getComputedStyle(one);
    const ring = look.outlineStyle === 'none' || !parseFloat(look.outlineWidth) ? [] : [look.outlineColor];
    return [...ring, ...(look.boxShadow.match(/[a-z]+\\([^)]*\\)/g) || [])];
  });
  const contrast = colour => {
    const one = light(colour);
    return one === null ? 1 : (Math.max(one, ground) + .05) / (Math.min(one, ground) + .05);
  };
  return Math.max(1, ...marks.map(contrast));
}"""
"""The contrast of the focused element's ring or shadow with what lies behind it, 1 to 21."""


def tab(page: Page) -> None:
    """To the next thing; its focus must be seen (WCAG 2.2, 2.4.7 and 1.4.11)."""
    page.keyboard.press("Tab")
    contrast = page.evaluate(_SEEN)
    assert contrast >= 3, f"{contrast:.1f} : 1 at {page.evaluate('document.activeElement.outerHTML.slice(0, 200)')}"


def reach(page: Page, selector: str) -> None:
    """Goes on with the tabulator until this has the focus."""
    page.bring_to_front()
    for _ in range(_MOST):
        tab(page)
        if page.locator(f"{selector}:focus").count():
            return
    raise AssertionError(f"no tabulator leads to {selector} on “{page.title()}”")


def enter(page: Page, selector: str) -> None:
    """Reaches a link or button and follows it."""
    reach(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def skip(page: Page) -> None:
    """The first thing on a page leads past its head (2.4.1)."""
    tab(page)
    assert page.locator(":focus").get_attribute("href") == "#main"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
