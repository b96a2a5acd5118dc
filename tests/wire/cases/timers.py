"""Cases of the grammars of timers."""

from __future__ import annotations

from tests.wire.cases.common import TIME_SPANS

__all__ = ["BY_DIRECTIVE", "BY_GRAMMAR", "CALENDAR", "MORE_GENEROUS", "NO_CALENDAR", "STRICTER"]


def _words(text: str) -> list[str]:
    return text.split()


SHORTHANDS = _words("""
daily Daily HOURLY minutely monthly weekly yearly annually anually quarterly semiannually
semi-annually biannually bi-annually""")

EPOCHS = ["@0", "@5", "@1395716396", "@010", "@+5", "@-0", "@ 5", "@\t5", "@7258118399"]
EPOCHS += ["@5 UTC", "@5 Europe/Berlin"]

WEEKDAYS = _words("""
Mon mon MONDAY Monday..Friday Mon..Fri Mon-Fri Mon,Tue Mon, Mon..Fri, Mon-Fri,Sun mon,tue,wed
Sat,Thu,Mon..Wed,Sat..Sun Mon-Mon Sun..Sun Wednesday,thursday mONDAY..tUE""")
WEEKDAYS += ["Mon ", "Mon, ", "Mon, 12:00", "Mon,  12:00", "Mon,Tue, 12:00", "Mon  12:00"]
WEEKDAYS += ["Mon *-*-*", "Wed..Wed,Wed *-1", "Mon 1-1", "Mon..Fri *-*-* ", "Mon UTC", "Mon  UTC"]
WEEKDAYS += ["Wed..Sat,Tue 12-10-15 1:2:3", "Mon..Fri  *-*-*  12:00", "Mon, 2020-*-* UTC"]

TIMES = _words("""
*:* *:*:* 12:00 1:2:3 23:59:59.999999 00:00:00.000001/0.5 *:*:0/0.1 *:2/3 5..10/2:00 5..5:00
0..23:0..59:0..59 12:0,15,30 12,14,13,12:20,10,30 1,1,1:0 05:40:23.4200004/3.1700005
0:0:0..10 0:0:0.5..10.5 0:0:5..10/2 0:0:0.5/0.25 0:0:5..6 0:0:5.5..6.5 0:0:5.5..6/0.1
0:0:5..5/60 0:0:59..59.5/0.5 0:0:58.9..59.9 0:0:0/59.999999 0:0:0/0.0000005 0:0:59.9999994
0:0:59.99999949 0:0:0..61.5/7 0:0:0..5/2147 0..24/23:0 0..23/2147483647:0 0/23:0
5..13/50:0 0..22/24:0 00000000000000000001:0 1..5,7..9/2:0 *:*:00.5,1 0:0:1,2.5,3..4,5/6
0:0:36.766812..60.36""")
TIMES += ["12:00 UTC", "12:00 utc", "12:00 CET", "*:* America/Port-au-Prince"]
TIMES += ["12:00 EST5EDT", "12:00 GB", "12:00 Etc/GMT+5", "0:" + ",".join(["1"] * 241)]
TIMES += ["*:*:0." + "9" * 5000]

DATES = _words("""
*-* *-*-* *-1 1-* 1-1 10-15 12-10-15 70-1-1 69-1-1 99-1-1 00-01-01 000-01-01 1970-1-1 2199-1-1
*-*-31 *-02-30 2012-*-* *-1/11-* *-1,2-* 1970/229-1-1 2190/9-1-1 70/1-1-1 20..2030-1-1
1970..1971/300-1-1 2020..2210/100-1-1 2020-02..04-05 *-*-1..3,5 *-*-1/2 *-*-0000000001 *-6..13/4-1
*-*~1 *~1 2~1 *-*~* *~* *-02~03 *-*~28 *-*~28/27 *-*~5/4 *-*~1..28 *-*~1,2 *-*~1,25 *-*~28,28
*-*~1,2,3,4,5,6,7 *-*~1,2,22 *-*~1..26,2 *-*~5..30/20 *-*~1..2/50 *-*~2..5/2 1..2~1""")
DATES += ["*-*-* ", "*-*-*  ", "*-*-*  UTC", "*-*-* 0:0:0 UTC", "2020-1-1  12:00"]
DATES += ["2003-03-05 05:40", "Mon *-05~07/1", "*-* *:*", "mon,fri *-1/2-1,3 *:30:45"]
DATES += ["weekly Pacific/Auckland", "daily UTC", "bi-annually UTC"]

CALENDAR = [*SHORTHANDS[:4], *WEEKDAYS[:4], *TIMES[:3], *SHORTHANDS, *EPOCHS, *WEEKDAYS, *TIMES]
CALENDAR += DATES
"""Calendar events that ``systemd-analyze calendar`` takes."""

NO_CALENDAR = _words("""
dayly half-yearly never now UTC weekly,daily @ @x @-5 @5.5 @5s @0x10 @99999999999 @7258118400
@2040-01-01 Mond Mo Tues Montag Mon...Fri Fri..Mon Sun..Mon Fri-Mon Mon,,Tue ,Mon Mon.. ..Fri
Mon..Wed..Fri Mon-Wed-Fri Mon-Wed..Fri Mon.Fri Mon;Tue Mon,Tue,, Mon,12:00 Mon,* Mon- Mon2020-1-1
* 12 12:00UTC 24:00 23:60 23:59:60 0:0:59.9999995 0:0:0. 0:0:.5 0:0:1.x 0:0:1.1.1 0:0:1...2 1.5:0
*:*:0/0 *:0/0 *:/5 *:*/5 */5:00 */5 *:*:*/15 10..5:00 0..24:0 0:0:10..5 0:0:1/60 0:1/59 1/24:0
0:0:59..59 0:0:5.5..6 0:0:0..60 0:0:59.5/0.5 0:0:0/0.0000001 0:0:0/60 0:0:0..5/2148 0..99/23:0
*,1:0 1,*:0 *..5:0 5..*:0 1../2:0 1..2/0:0 0..23/2147483648:0 4294967297:0 \u00bd:0 \u0661:0
0x1:00 -1:00
*:*:*:* 1:2:3:4 1::3 :1 1: *-*-0 *-*-32 *-0-1 *-13-1 13-1 1-32 100-1-1 999-1-1 1969-1-1 2200-1-1
10000-1-1 *-*-*/2 *-*/2-1 *-*-1/31 *-*-1/0 *-*-5/-1 *-*-5/* *-*-5/1/1 2020..2019-1-1 *-*-1,,3
*-*-1, *-*-,1 *-*-1.3 *-*-1,* 1970/230-1-1 2199/1-1-1 0..99-1-1 2020 2020-1-1-1 2020--1-1 -1-1 1-
*-*~ *-*~0 *-*~29 *-*~3..1 *-*~1/1 *-*~28/28 *-*~1,26 *-*~28,1 *-*~1,2,23 *-*~1,2,3,4,5,6,7,8
*-*~26/1,1 ~1 *-1~1-1 2020~1 *-1-1~1 1-1:1 1:1-1 *-*-1T00:00 2020-01-01T00:00:00Z""")
NO_CALENDAR += [" ", " daily", "daily ", "daily  UTC", " UTC", " @5", "@5 ", "Mon, Tue", "Mon Tue"]
NO_CALENDAR += ["Mon .. Fri", "Mon 12", "Mon *", "Mon\t12:00", "12:00 ", " 12:00", "12: 00"]
NO_CALENDAR += ["12:00 2020-01-01", "2020-01-01 Mon", "12:00 UTC Mon", "Mon UTC 12:00", "*-*-* *"]
NO_CALENDAR += ["daily 12:00", "Mon daily", "2020-01-01 12", "2020-1-1, 12:00", "*-*-* 12:00  UTC"]
NO_CALENDAR += ["daily ..", "daily +02:00", "daily ../etc", "daily Europe/", "daily /Europe"]
NO_CALENDAR += ["daily Europe//Berlin", "2020-1-1 1:1 UTC UTC", "0:" + ",".join(["1"] * 242)]
NO_CALENDAR += ["daily Europe/Foo Bar", "9" * 5000 + ":0", "12:00 noon", "10:00 foo", "12:00 -03"]
NO_CALENDAR += ["12:00 cet", "2020", "99"]
"""Texts that ``systemd-analyze calendar`` refuses."""

BY_GRAMMAR: dict[str, list[str]] = {
    "timer-monotonic": ["", *TIME_SPANS],
    "timer-calendar": ["", *CALENDAR, *NO_CALENDAR],
}

BY_DIRECTIVE: dict[str, list[str]] = {}

STRICTER: dict[str, str] = {
    f"OnCalendar={value}": "systemd-analyze calendar and every manager refuse it"
    for value in NO_CALENDAR
}

MORE_GENEROUS: dict[str, str] = {}
