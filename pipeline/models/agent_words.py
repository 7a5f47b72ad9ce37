"""What a user agent gives away without being on any list: words of programs, words of people's devices.

RE2, case-insensitive, found anywhere. Programs say what they do (`crawl`, `scanner`), where to complain (an address) or
nothing at all; people's agents name the system or the browser they run on. The words are part of every model's digest.
"""

from __future__ import annotations

PROGRAMS = (
    # They say it.
    r"bots?\b", r"bot[_/-]", r"crawl", r"spider", r"scrap", r"headless", r"\bscan", r"scanner", r"monitor(?:ing)?\b",
    r"agent/\d", r"[a-z]agent\b", r"synthetics?", r"prefetch", r"(?:link|url|mail) ?preview", r"proxy[/)]|proxy$", r"\brss|rss\b",
    r"(?:find|prospect|lead|discover|research|fingerprint|check|lookup|detect|index|verif|valid|inspect|assess|measure|diagnos)"
    r"[a-z]*/v?\d",
    # They say where to find or reach their owner.
    r"https?:/", r"\(www\.", r"@[a-z0-9-]+\.[a-z]{2}", r"\[at\]", r"like gecko; ",
    # Libraries, test drivers and security tools.
    r"\bcurl", r"python", r"http-?client", r"rest-client", r"logic-apps", r"\baws-sdk|\bgrpc-",
    r"cypress|dejaclick|playwright|puppeteer|selenium|webdriver", r"burpcollaborator|sqlmap|nikto|acunetix|nessus|clamav",
    # Attacks in place of an agent.
    r"\$\{", r"<\?", r"\{\{", r"\bselect\b", r"^anonymous,", r"\(compatible\)$",
    # Pages rewritten for slow lines.
    r"googleweblight",
)  # fmt: skip

DEVICES = (
    # Systems.
    r"windows", r"macintosh", r"mac ?os", r"os[=x]", r"linux", r"android", r"iphone", r"ipad", r"ipod", r"\bios\b", r"darwin",
    r"cfnetwork", r"symbian", r"series ?[3468]0", r"j2me", r"midp", r"cldc", r"tizen", r"kaios", r"x11", r"cros", r"bsd",
    r"sunos", r"webos", r"hpwos", r"brew", r"bada", r"maemo", r"meego", r"sailfish", r"harmony", r"fuchsia", r"dalvik", r"amiga",
    r"beos", r"haiku", r"os/2", r"dos", r"win(?:7|8|9|10|3|nt|ce| )", r"ubuntu", r"openvms", r"risc", r"syllable", r"inferno",
    # Devices and their makers.
    r"nokia", r"blackberry", r"playstation", r"nintendo", r"xbox", r"samsung", r"\blg", r"sony", r"moto", r"mot-", r"zte", r"htc",
    r"huawei", r"philips", r"sharp", r"panasonic", r"pantech", r"sanyo", r"alcatel", r"sagem", r"lenovo", r"siemens", r"sie-",
    r"roku", r"apple ?tv", r"smart-?tv", r"hbbtv", r"netcast", r"crkey", r"watch", r"kindle", r"nook", r"asus", r"phone", r"tablet",
    r"mobile", r"docomo", r"kddi", r"softbank", r"vodafone",
    # Browsers and programs of people.
    r"opera", r"safari", r"msie", r"netscape", r"mozac", r"rv:[0-9]", r"konqueror", r"lynx", r"links", r"w3m", r"silk",
    r"up\.browser", r"netfront", r"obigo", r"ucweb", r"ucbrowser", r"teleca", r"jig browser", r"wap", r"office", r"quicktime",
    r"googleapp",
)  # fmt: skip

HARMLESS = (r"\bcubot[_ a-z0-9-]*", r"\b[a-z] ?bot[ _][0-9]+", r"camscanner", r"caboto", r"fubo(?:player|tv)")
"""Names of phones, programs and companies that look like a machine's; they are taken out before looking."""
