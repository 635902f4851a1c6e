// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/Page.h"

#include "nncc/Runtime/Report/Chart.h"
#include "nncc/Runtime/Report/Html.h"

namespace nncc::runtime::report {

static constexpr const char *style = R"css(
:root { color-scheme: light dark; --ground: #ffffff; --card: #f7f8fa; --ink: #1b2230; --muted: #5b6675; --rule: #e3e7ec; --accent: #2f6fd0; --bad: #c03a52; --bar: #d9e6fa; --on: #ffffff }
@media (prefers-color-scheme: dark) { :root { --ground: #0f141c; --card: #161c26; --ink: #e8edf4; --muted: #9aa6b6; --rule: #252d3a; --accent: #6ea8ff; --bad: #f58a9c; --bar: #1d3557; --on: #0f141c } }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 Inter, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif; -webkit-text-size-adjust: 100% }
main { max-width: 1120px; margin: 0 auto; padding: 28px 20px 60px }
h1 { font-size: 28px; line-height: 1.2; margin: 0; overflow-wrap: anywhere }
h2 { font-size: 18px; margin: 40px 0 12px; padding-top: 14px; border-top: 1px solid var(--rule) }
h3 { font-size: 14px; margin: 20px 0 8px }
p { margin: 6px 0; overflow-wrap: anywhere }
.sub, .remark { color: var(--muted) }
.remark { font-size: 13px; margin: -6px 0 12px }
.state { color: var(--ink) } .state.bad { color: var(--bad) }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(132px, 1fr)); gap: 10px; margin: 20px 0 0 }
.tile { background: var(--card); border: 1px solid var(--rule); border-radius: 8px; padding: 10px 12px }
.tile b { display: block; font-size: 21px; line-height: 1.3; font-weight: 600; font-variant-numeric: tabular-nums }
.tile span { font-size: 12px; color: var(--muted) }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); gap: 22px 30px }
figure { margin: 0 }
figure.chart { min-width: 0; max-width: 560px } figure.square { max-width: 440px }
figure.chart figcaption { display: flex; flex-wrap: wrap; gap: 2px 14px; align-items: baseline; font-size: 13px; padding: 0 2px 4px }
figure.chart figcaption b { font-size: 14px; font-weight: 600; flex-basis: 100% }
.key { color: var(--muted) } .key em { font-style: normal; color: var(--ink); font-variant-numeric: tabular-nums }
.key .dash { background-image: linear-gradient(90deg, transparent 60%, var(--ground) 60%); background-size: 5px }
.key i { display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 6px; vertical-align: middle }
figure > svg, .wave, .matrix { display: block; width: 100%; height: auto }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr)); gap: 20px 32px; align-items: start }
.pair > div { min-width: 0 }
.scroll { overflow-x: auto } .long { max-height: 720px; overflow-y: auto }
table { border-collapse: collapse; font-size: 13px; width: 100% }
caption { text-align: left; font-weight: 600; padding-bottom: 4px }
th { text-align: left; font-weight: 500; color: var(--muted) }
th, td { padding: 4px 10px 4px 0; border-bottom: 1px solid var(--rule); vertical-align: top; white-space: nowrap }
td span { color: var(--muted) }
a { color: var(--accent) }
.n { text-align: right; font-variant-numeric: tabular-nums; padding: 4px 8px }
.bar { position: relative; min-width: 96px } .bar i { position: absolute; right: 0; top: 3px; bottom: 3px; background: var(--bar); border-radius: 3px } .bar span { position: relative; color: var(--ink) }
.total td { border-bottom: 0; font-weight: 600 }
.facts td { white-space: normal; overflow-wrap: anywhere } .facts td:first-child { color: var(--muted); width: 9.5em; white-space: nowrap }
code, pre { font: 12.5px/1.5 ui-monospace, 'Cascadia Code', Menlo, Consolas, 'DejaVu Sans Mono', monospace }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--card); border: 1px solid var(--rule); border-radius: 6px; padding: 8px 10px }
.matrix .hit rect { fill: var(--accent) } .matrix .miss rect { fill: var(--bad) } .matrix .on { fill: var(--on) } .matrix .off { fill: var(--ink) }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 10px }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 8px; overflow: hidden; min-width: 0; display: flex; flex-direction: column }
.card.wrong { border-color: var(--bad) }
.look { display: flex; gap: 2px; align-items: center; justify-content: center; background: var(--ground); min-height: 64px }
.look > * { flex: 1 1 0; min-width: 0 } .look img { width: 100%; height: auto; image-rendering: pixelated } .look .wave { padding: 6px }
.card figcaption { flex: 1; padding: 6px 9px; font-size: 12.5px; line-height: 1.4; overflow-wrap: anywhere; border-top: 1px solid var(--rule) } .card span { color: var(--muted) } .card.wrong figcaption b { color: var(--bad) }
.drawing { text-align: center; border: 1px solid var(--rule); border-radius: 8px; padding: 6px; max-height: 760px; overflow: auto } .drawing img { max-width: 100%; height: auto }
details summary { cursor: pointer; color: var(--muted); margin: 6px 0 }
footer { margin-top: 44px; padding-top: 12px; border-top: 1px solid var(--rule); color: var(--muted); font-size: 13px }
@media (max-width: 520px) { .layers td:first-child span { display: block } .layers .bar { min-width: 64px } .n { padding: 4px 4px } main { padding: 18px 14px 40px } h1 { font-size: 23px } .cards { grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)) } }
@media print { main { max-width: none } h2, .card, figure { break-inside: avoid } }
)css";

void Page::section(const std::string &heading, const std::string &html, const std::string &remark) {
  body += "<section>\n<h2>" + escape(heading) + "</h2>\n" +
          (remark.empty() ? "" : "<p class=\"remark\">" + remark + "</p>\n") + html + "</section>\n";
}

std::string Page::html() const {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
         (reload ? "<meta http-equiv=\"refresh\" content=\"" + std::to_string(reload) + "\">\n" : "") + "<title>" +
         escape(title) + "</title>\n<style>" + style + chartStyle() +
         "</style>\n</head>\n<body>\n<main>\n<header>\n<h1>" + escape(title) + "</h1>\n" + under + "</header>\n" +
         body + "<footer>Written by nncc.</footer>\n</main>\n</body>\n</html>\n";
}

std::string tiles(const std::vector<Tile> &tiles) {
  std::string text = "<div class=\"tiles\">\n";
  for (const Tile &tile : tiles)
    text += "<div class=\"tile\"><span>" + escape(tile.name) + "</span><b>" + escape(tile.value) + "</b><span>" +
            escape(tile.remark) + "</span></div>\n";
  return text + "</div>\n";
}

std::string factTable(const std::vector<std::pair<std::string, std::string>> &facts) {
  std::string text = "<table class=\"facts\">\n";
  for (const auto &[name, html] : facts)
    text += "<tr>" + cell(escape(name)) + cell(html) + "</tr>\n";
  return text + "</table>\n";
}

} // namespace nncc::runtime::report
