"""Alerts per 100 patient-hours and per shift, of all and of each group, with intervals drawn over patients."""

from collections.abc import Iterator, Sequence

import numpy as np

from wardwise.rehearse.burden.watched import Rule, Watched, alerts

SHIFT_HOURS = 12
LEAST_PATIENTS = 10  # a group of fewer says more of its patients than of the rule
_DRAWS = 1_000
_LOW, _HIGH = 2.5, 97.5

Figures = dict[str, float | int | None]
Share = tuple[str, float, int]  # whose hours, how many, and the alerts in them


def burden(watched: Sequence[Watched], rule: Rule, *, seed: int) -> Figures:
    """The figures of a rule over all patients; rates are None where nobody was watched."""
    return figures([share for _, _, share in _shares(watched, rule)], seed=seed)


def by_group(watched: Sequence[Watched], rule: Rule, *, seed: int) -> dict[str, dict[str, Figures]]:
    """The figures by dimension and group; of a group of fewer than 10 patients their number alone."""
    found: dict[str, dict[str, list[Share]]] = {}
    for dimension, group, share in _shares(watched, rule, grouped=True):
        found.setdefault(dimension, {}).setdefault(group, []).append(share)
    return {
        dimension: {group: _told(shares, seed) for group, shares in sorted(groups.items())}
        for dimension, groups in sorted(found.items())
    }


def figures(shares: Sequence[Share], *, seed: int) -> Figures:
    """Alerts, hours and rates; the interval (95%) resamples patients, for one patient's alerts hang together."""
    patients = sorted({patient for patient, _, _ in shares})
    place = {patient: index for index, patient in enumerate(patients)}
    hours, given = np.zeros(len(patients)), np.zeros(len(patients))
    for patient, stretch, count in shares:
        hours[place[patient]] += stretch
        given[place[patient]] += count
    low, high = _interval(given, hours, seed)
    rate = _rate(float(given.sum()), float(hours.sum()))
    return {
        "n": len(patients),
        "patient_hours": round(float(hours.sum()), 1),
        "alerts": int(given.sum()),
        "per_100_patient_hours": rate,
        "per_100_patient_hours_low": low,
        "per_100_patient_hours_high": high,
        "per_patient_shift": None if rate is None else round(rate * SHIFT_HOURS / 100, 4),
        "patients_alerted": round(float((given > 0).mean()), 4) if patients else None,
    }


def _told(shares: Sequence[Share], seed: int) -> Figures:
    patients = len({patient for patient, _, _ in shares})
    return figures(shares, seed=seed) if patients >= LEAST_PATIENTS else {"n": patients}


def _shares(watched: Sequence[Watched], rule: Rule, *, grouped: bool = False) -> Iterator[tuple[str, str, Share]]:
    for stay in watched:
        for moment, alert in zip(stay.moments, alerts(stay.moments, rule), strict=True):
            share = stay.patient, moment.hours, int(alert)
            if not grouped:
                yield "", "", share
                continue
            for dimension, group in moment.groups.items():
                yield dimension, group, share


def _rate(given: float, hours: float) -> float | None:
    return round(100 * given / hours, 4) if hours > 0 else None


def _interval(given: np.ndarray, hours: np.ndarray, seed: int) -> tuple[float | None, float | None]:
    if not hours.sum() > 0:
        return None, None
    drawn = np.random.default_rng(seed).integers(0, len(hours), size=(_DRAWS, len(hours)))
    drawn_hours = hours[drawn].sum(axis=1)
    rates = 100 * given[drawn].sum(axis=1)[drawn_hours > 0] / drawn_hours[drawn_hours > 0]
    low, high = np.percentile(rates, [_LOW, _HIGH])
    return round(float(low), 4), round(float(high), 4)
