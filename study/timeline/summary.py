"""What a search says in words: the verdict, the margin, the dip and the region, in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from study.evaluation.principles import Breach
from study.presentation.language import LANGUAGES, Language


def summary_texts(summary: Mapping[str, Any]) -> dict[str, str]:
    """Return what timeline.json holds as sentences, by language."""
    return {code: "\n".join(_sentences(summary, Language(code))) for code in LANGUAGES}


def _sentences(summary: Mapping[str, Any], say: Language) -> list[str]:
    search, limits = summary["search"], summary["limits"]
    lines = [say("timeline.searched", trials=search["trials"], refused=search["refused"], runs=search["replications"])]
    if search["impossible"]:
        lines.append(say("timeline.impossible", count=search["impossible"], reason=say.gloss(search["obstacle"])))
    if search["stuck"]:
        lines.append(say("timeline.stuck", reason=say.gloss(search["stuck"])))
    level = say.percent(limits["confidence"], 0)
    finalists = summary["finalists"]
    if finalists["refused"]:
        values = {"refused": finalists["refused"], "all": finalists["kept"] + finalists["refused"]}
        lines.append(say("timeline.refused", runs=finalists["replications"], confidence=level, **values))
    if summary["verdict"] == "none":
        lines.append(say("timeline.none", confidence=level))
        return lines
    if summary["verdict"] == "plan":
        lines += [] if search["stuck"] else [say("timeline.plan")]
    else:
        lines.append(_margin(summary, say))
        chosen = summary["recommended"]["changes"]
        lines.append(say("timeline.changes", what=say("timeline.list").join(f"{k} = {v}" for k, v in chosen.items())))
    dip = summary["dip"]
    values = {
        "depth": say.percent(dip["depth"]["mean"]),
        "days": say.number(dip["days"]["mean"], 1),
        "share": say.percent(dip["share_of_runs_within"], 0),
        "confidence": level,
    }
    lines.append(say("timeline.dip", **values) if dip["kept"] else say("timeline.dip_open", **values))
    if summary["principles"] is not None and not Breach(**summary["principles"]).too_often:
        about = summary["principles"]
        values = {"share": say.percent(about["share"], 0), "allowed": say.percent(about["allowed"], 0)}
        lines.append(say("timeline.principles", **values))
    picked = summary["selection"]
    if picked is not None:
        values = {"number": picked["finalists"], "probability": say.percent(picked["probability"], 0)}
        values |= {"indifference": say.money(picked["indifference"])}
        lines.append(say("timeline.selected" if picked["decided"] else "timeline.undecided", **values))
    if summary["equals"]:
        lines.append(_beside(summary["equals"], say))
    lines.append(say("timeline.horizon", last=_last_day(summary, say)))
    return lines


def _beside(near: Sequence[Mapping[str, Any]], say: Language) -> str:
    count = {word: sum(e["verdict"] == word for e in near) for word in ("as good", "worse", "can't tell")}
    more = [e["within_limits"] for e in near if e["verdict"] == "better"]
    return say(
        "timeline.equals",
        good=count["as good"],
        all=len(near),
        worse=count["worse"],
        unsure=count["can't tell"],
        better=sum(more),
        beyond=len(more) - sum(more),
    )


def _last_day(summary: Mapping[str, Any], say: Language) -> str:
    last = str(summary["horizon"]["last_day"])
    return last if say.code == "en" else say.day(date.fromisoformat(last))


def _margin(summary: Mapping[str, Any], say: Language) -> str:
    margin = summary["margin"]
    values = {
        **dict(
            zip(
                ("mean", "low", "high"),
                say.money_span(margin["mean"], margin["low"], margin["high"], sign=True),
                strict=True,
            )
        ),
        "share": say.percent(margin["share"], 2, sign=True),
        "confidence": say.percent(margin["confidence"], 0),
        "runs": margin["replications"],
    }
    kind = summary["verdict"] if summary["verdict"] in ("better", "unsure") else "worse"
    sentence, about = say(f"timeline.{kind}", **values), summary["principles"]
    if about is None or not Breach(**about).too_often:
        return sentence
    return say("timeline.breach", sentence=sentence.rstrip(".。"), breach=Breach(**about).told(say))
