"""How the page looks, on a screen and on paper."""

from dispatch.report.svg import COLOURS

_CURVES = "".join(f"text.c{place}{{fill:{colour};font-weight:600}}" for place, colour in enumerate(COLOURS))

STYLE = (
    """
:root{color-scheme:light}
body{font:15px/1.5 system-ui,"Noto Sans CJK SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",
 sans-serif;margin:0 auto;max-width:1180px;padding:1rem 1.5rem 3rem;color:#1d2430;background:#fff}
input[name=language]{position:absolute;opacity:0}
label{display:inline-block;padding:.2rem .9rem;border:1px solid #8a94a6;cursor:pointer;margin-right:-1px}
input:checked+label{background:#1d3557;color:#fff}
input:focus-visible+label{outline:3px solid #f4a261}
#zh:checked~main.en,#en:checked~main.zh{display:none}
h1{margin:.8rem 0 .2rem;font-size:1.7rem}
h2{margin:2rem 0 .4rem;font-size:1.2rem;border-bottom:2px solid #1d3557;padding-bottom:.15rem}
p{margin:.3rem 0;max-width:62rem}
.kind{display:inline-block;padding:.1rem .8rem;font-weight:700;color:#fff;background:#1d3557}
.kind.drill{background:#8a4b00}
.nothing{color:#5b6575}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.86rem;margin:.5rem 0;font-variant-numeric:tabular-nums}
th,td{border:1px solid #cfd5df;padding:.22rem .5rem;text-align:left;vertical-align:top}
th{background:#eef1f6;min-width:2.7em}
section[id$=response] table{font-size:.8rem}
tbody tr:nth-child(even){background:#f8f9fb}
section[id$=response] td,section[id$=intervals] td{white-space:nowrap}
section[id$=notes] li{font-weight:600}
figure{margin:.6rem 0;display:inline-block;vertical-align:top;max-width:100%}
figcaption{font-size:.82rem;color:#3c4657;max-width:640px}
figcaption small{display:block;color:#6b7585}
svg{max-width:100%;height:auto;background:#fff}
svg text{font-size:11px;fill:#3c4657}
.many figure{width:322px}
.grid{stroke:#e3e7ee}.axis{stroke:#3c4657}.guide{stroke:#b0462a;stroke-dasharray:3 3}
text.guide{fill:#b0462a;stroke:none}
.bar{fill:#a8c5e2}.sum{stroke:#1d3557;stroke-width:1.6}.dot{fill:#0072b2;fill-opacity:.65}
.district{stroke:#9aa5b5;stroke-width:.7;fill:#f3f4f6}.ca{fill:#eaf2f9}.cb{fill:#fbeee6}.cc{fill:#e8f5f0}
.river{fill:none;stroke:#6fa8dc;stroke-width:2.2}.station{fill:#6b7585}
.call{stroke:#222;stroke-width:.7;fill-opacity:.85}.good{fill:#2a9d4a}.fair{fill:#f0b429}.late{fill:#d62828}
.call.none{fill:none;stroke:#222;stroke-width:1.3}
svg text.city{font-size:14px;font-weight:700;fill:#1d2430;paint-order:stroke;stroke:#fff;stroke-width:3px}
details{margin:.5rem 0}summary{font-weight:600;cursor:pointer}
@media print{body{max-width:none;padding:0;font-size:10pt}label,input{display:none}
 section,figure,tr{break-inside:avoid}section[id$=calls],section[id$=worst]{break-inside:auto}
 .wide{overflow:visible}table{font-size:7.5pt}@page{size:A4 landscape;margin:12mm}}
"""
    + _CURVES
)
