import { Html } from "../format/html.ts";

/**
 * The page's looks. The first six colours of the series stay apart for those who see red and green or blue and
 * green alike, and all stand out from the surface by 3 to 1 or more, in both schemes.
 */
export const style = new Html(`
:root{
--page:#f6f6f3;--surface:#fff;--line:#e4e4df;--ink:#1b1d21;--muted:#5f6570;--grid:#ececea;--axis:#c3c6cc;
--c1:#2f6fc6;--c2:#d0782a;--c3:#109b8d;--c4:#7a1f55;--c5:#8e6c0d;--c6:#4a2c96;--c7:#3f8f3f;--c8:#c2447e;--c9:#8a5a3c;--c10:#0f86a8;--c11:#c0362c;--c12:#5b6b8c;--other:#6b727c;
--heat-0:#ebebe7;--heat-1:#b9d3f6;--heat-2:#84b1ec;--heat-3:#4f8bdd;--heat-4:#2563b8;--heat-5:#123a78}
@media screen and (prefers-color-scheme:dark){:root{
--page:#101215;--surface:#181b20;--line:#2b3037;--ink:#e8eaed;--muted:#9da5b1;--grid:#262b32;--axis:#4a515c;
--c1:#5a8cf0;--c2:#ec8a2c;--c3:#5dd5b1;--c4:#b05a9c;--c5:#f3d75c;--c6:#b9b2ff;--c7:#7fcf6a;--c8:#f48cbb;--c9:#c99a72;--c10:#5fc7e8;--c11:#f0776b;--c12:#a3b4d6;--other:#626974;
--heat-0:#242931;--heat-1:#1d3a66;--heat-2:#27579c;--heat-3:#3c7bd1;--heat-4:#74a9f5;--heat-5:#cfe2ff}}
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1128px;margin:0 auto;padding:56px 32px 40px;display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:24px}
main>*{grid-column:1/-1;min-width:0}
h1{margin:0;font-size:34px;line-height:1.15;letter-spacing:-.02em;overflow-wrap:anywhere}
h2{margin:0;font-size:18px;line-height:1.3;letter-spacing:-.01em}
p{margin:0}
header p{color:var(--muted);max-width:70ch}
header .span{margin:6px 0 10px;font-size:19px;color:var(--ink)}
.range{display:grid;grid-template-columns:subgrid;gap:24px}
.range>*{grid-column:1/-1;min-width:0}
.range>.half{grid-column:auto}
.switch{display:flex;flex-wrap:wrap;gap:8px;margin:0;padding:0;border:0}
.switch legend{float:left;padding:5px 8px 5px 0;color:var(--muted)}
.switch label{padding:5px 14px;background:var(--surface);border:1px solid var(--line);border-radius:99px;cursor:pointer}
.switch label:has(:checked){background:var(--ink);color:var(--page);border-color:var(--ink)}
.switch label:has(:focus-visible){outline:2px solid var(--c1);outline-offset:2px}
.switch input{position:absolute;opacity:0}
.key{display:flex;flex-wrap:wrap;gap:1px;margin:0;background:var(--line);border:1px solid var(--line);border-radius:14px;overflow:hidden}
.key div{flex:1 1 22%;min-width:0;background:var(--surface);padding:18px 28px}
dt{color:var(--muted);font-size:13px}
dd{margin:0}
.key strong{display:block;font-size:28px;line-height:1.3;letter-spacing:-.02em;font-weight:650;overflow-wrap:anywhere}
.rose{margin:16px 0 0;padding:18px 28px;background:var(--surface);border:1px solid var(--line);border-radius:14px}
.rose ul{display:flex;flex-wrap:wrap;gap:6px 32px;margin:8px 0 0;padding:0;list-style:none}
.rose li{overflow-wrap:anywhere}
.rose small{display:inline}
small{display:block;color:var(--muted);font-size:12px;line-height:1.35}
figure{margin:0;padding:26px 28px 20px;background:var(--surface);border:1px solid var(--line);border-radius:14px}
.unit{color:var(--muted);font-size:13px}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;margin:12px 0 0;padding:0;list-style:none;font-size:13px}
.legend li{display:flex;align-items:center;gap:7px;overflow-wrap:anywhere}
.legend i{flex:none;width:11px;height:11px;border-radius:3px}
.legend .line{height:3px}
.chart{margin:18px 0 14px}
.chart svg{display:block;width:100%;height:auto;overflow:visible}
.chart text{font-size:12px;dominant-baseline:central}
.narrow{display:none}
.marks path:hover{opacity:.75}
.calendar .marks,.hours .marks{stroke:var(--surface);stroke-width:2}
figcaption{max-width:80ch;text-wrap:pretty;overflow-wrap:anywhere}
details{margin-top:10px;font-size:13px}
summary{cursor:pointer;color:var(--muted);padding:4px 0;width:fit-content}
summary:hover{color:var(--ink)}
.scroll{max-height:420px;overflow:auto;margin-top:6px;border-top:1px solid var(--line)}
table{border-collapse:collapse;width:100%}
th,td{padding:6px 10px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th{font-weight:500}
thead th{position:sticky;top:0;background:var(--surface);color:var(--muted)}
th:first-child,.word{text-align:left}
th:first-child{padding-left:0}
footer{color:var(--muted);font-size:13px;padding-top:4px}
@media screen and (max-width:900px){.range>.half{grid-column:1/-1}}
@media screen and (max-width:700px){
main{padding:28px 14px 32px}
main,.range{gap:14px}
h1{font-size:27px}
.key div{flex-basis:40%;padding:14px 16px}
.key strong{font-size:20px}
figure,.rose{padding:20px 16px 14px}
.wide{display:none}
.narrow{display:block}}
@media print{
@page{margin:14mm}
body{background:none;font-size:11pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}
main{padding:0;max-width:none}
main,.range{gap:14px}
.switch{display:none}
figure,.key,.rose{break-inside:avoid;border-color:#ccc}
figure{padding:14px 16px 12px}
.key strong{font-size:20pt}
.chart text{font-size:15px}
details{display:none}}
`);
