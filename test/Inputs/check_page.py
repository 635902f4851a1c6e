"""Checks pages that nncc writes (--report, sweep): check_page.py PAGE.html [--browser CHROMIUM] [--pictures PREFIX]

Without a browser: every tag is closed where it should be, ids are unique, and nothing is loaded from elsewhere. With one: the page
is laid out 1200 and 400 pixels wide, light and dark; nothing may stick out, no two labels of a drawing may overlap, none may be
too small to be read, and every picture must be there. --pictures writes PREFIX-WIDTH-SCHEME.png. Prints one line per finding, and 1 is
the exit status if there is any.
"""
import argparse
import html.parser
import os
import re
import subprocess
import sys
import tempfile

VOID = {"meta", "img", "br", "link", "input", "hr", "col", "area", "base"}
SELF_CLOSED = {"path", "rect", "circle"}


class Structure(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.stack, self.findings, self.ids = [], [], set()

    def look(self, tag, attributes):
        for name, value in attributes:
            value = value or ""
            if name in ("src", "href", "xlink:href", "action") and not value.startswith(("data:", "#")) and "://" in value:
                self.findings.append(f"<{tag}> loads {value[:60]}")
            if name == "id" and value in self.ids:
                self.findings.append(f"id {value} twice")
            if name == "id":
                self.ids.add(value)
            if name.startswith("on"):
                self.findings.append(f"<{tag}> has the script {name}")
        if tag in ("script", "iframe", "link", "object"):
            self.findings.append(f"<{tag}> is no part of a page without scripts")

    def handle_starttag(self, tag, attributes):
        self.look(tag, attributes)
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.look(tag, attributes)

    def handle_endtag(self, tag):
        if not self.stack or self.stack[-1] != tag:
            self.findings.append(f"</{tag}> at {self.getpos()} closes {self.stack[-1] if self.stack else 'nothing'}")
        else:
            self.stack.pop()


def check_structure(text):
    parser = Structure()
    parser.feed(text)
    parser.close()
    findings = parser.findings + [f"<{tag}> is not closed" for tag in parser.stack]
    if re.search(r"url\(\s*['\"]?(?!data:)", text) or "@import" in text:
        findings.append("the style sheet loads something")
    return findings


# Runs in a page around the one that is looked at, whose content has the same origin.
MEASURE = """
const widths = [1200, 400], findings = [];
function look(frame, width) {
  const d = frame.contentDocument, say = text => findings.push(width + ' px: ' + text);
  if (d.documentElement.scrollWidth > d.documentElement.clientWidth)
    say('wider than the screen: ' + d.documentElement.scrollWidth);
  for (const image of d.images)
    if (!image.naturalWidth) say('a picture is broken');
    else if (image.getBoundingClientRect().width < 24) say('a picture is too small');
  const shown = r => r.width > 0 && r.height > 0;
  for (const svg of d.querySelectorAll('figure > svg, svg.matrix')) {
    const name = svg.getAttribute('aria-label') || 'a drawing', frame = svg.getBoundingClientRect();
    const labels = [...svg.querySelectorAll('text')].map(t => ({text: t.textContent, r: t.getBoundingClientRect(), isTurned: (t.getAttribute('transform') || '').includes('-45')}));
    for (const {text, r} of labels) {
      if (!shown(r)) continue;
      if (r.left < frame.left - 1 || r.right > frame.right + 1 || r.top < frame.top - 1 || r.bottom > frame.bottom + 1)
        say(name + ": '" + text + "' sticks out");
      if (Math.max(r.width, r.height) < 9) say(name + ": '" + text + "' is too small");
    }
    for (let i = 0; i < labels.length; ++i)
      for (let k = i + 1; k < labels.length; ++k) {
        const a = labels[i].r, b = labels[k].r;
        if (labels[i].isTurned || labels[k].isTurned) continue; // their boxes overlap where they do not
        if (a.left + 1 < b.right && b.left + 1 < a.right && a.top + 3 < b.bottom && b.top + 3 < a.bottom)
          say(name + ": '" + labels[i].text + "' lies over '" + labels[k].text + "'");
      }
  }
}
addEventListener('load', () => {
  const colours = [];
  for (const width of widths) {
    const frame = document.querySelector('#w' + width);
    look(frame, width);
    colours.push(frame.contentWindow.getComputedStyle(frame.contentDocument.body).backgroundColor);
  }
  document.body.innerHTML = '';
  document.body.textContent = 'FOUND[' + JSON.stringify([...new Set(findings)]) + ']GROUND[' + colours[0] + ']';
});
"""


def run_browser(browser, arguments):
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--allow-file-access-from-files",
                   f"--user-data-dir={profile}", "--virtual-time-budget=4000"] + arguments
        return subprocess.run(command, capture_output=True, text=True, timeout=120).stdout


def measure(browser, text, scheme):
    import html
    import json
    frames = "".join(f'<iframe id="w{width}" style="border:0;width:{width}px;height:3000px" srcdoc="{html.escape(text)}"></iframe>'
                     for width in (1200, 400))
    with tempfile.NamedTemporaryFile("w", suffix=".html") as wrapper:
        wrapper.write(f"<!DOCTYPE html><body>{frames}<script>{MEASURE}</script>")
        wrapper.flush()
        dark = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
        dom = run_browser(browser, dark + ["--window-size=1300,3200", "--dump-dom", "file://" + wrapper.name])
    found = re.search(r"FOUND\[(.*)\]GROUND\[rgb\((\d+), ", dom, re.S)
    if not found:
        return [f"{scheme}: the browser did not lay the page out"]
    findings = json.loads(html.unescape(found.group(1)))
    if (int(found.group(2)) < 128) != (scheme == "dark"):
        findings.append("the ground has the wrong brightness")
    return [f"{scheme}, {finding}" for finding in findings]


def take_pictures(browser, page, prefix):
    for scheme in ("light", "dark"):
        dark = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
        for width in (1200, 400):
            with tempfile.NamedTemporaryFile("w", suffix=".html") as wrapper:  # a window is never narrower than 500
                wrapper.write(f"<!DOCTYPE html><body style='margin:0'><iframe src='file://{page}' "
                              f"style='border:0;display:block;width:{width}px;height:3000px'></iframe>")
                wrapper.flush()
                picture = f"{prefix}-{width}-{scheme}.png"
                run_browser(browser, dark + [f"--window-size={max(width, 500)},3000", f"--screenshot={picture}", "file://" + wrapper.name])
                if not os.path.exists(picture) or os.path.getsize(picture) < 5000:
                    yield f"{width} {scheme}: no picture"


def main():
    options = argparse.ArgumentParser()
    options.add_argument("page")
    options.add_argument("--browser")
    options.add_argument("--pictures")
    arguments = options.parse_args()
    with open(arguments.page, encoding="utf-8") as file:
        text = file.read()
    findings = check_structure(text)
    if arguments.browser:
        for scheme in ("light", "dark"):
            findings += measure(arguments.browser, text, scheme)
        if arguments.pictures:
            findings += take_pictures(arguments.browser, os.path.abspath(arguments.page), arguments.pictures)
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
