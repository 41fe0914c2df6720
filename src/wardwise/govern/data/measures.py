"""Changes of measure that laboratories and wards are known to make: what a moved level may mean.

Factors: molar masses and definitions as tabulated by IUPAC and the BIPM; rounded to what a shift of level can tell.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """x in the first measure is factor x + offset in the second; `codes` empty: for anything measured."""

    source: str
    target: str
    factor: float
    offset: float = 0.0
    codes: tuple[str, ...] = ()

    @property
    def back(self) -> "Change":
        """The same change the other way round."""
        return Change(self.target, self.source, 1 / self.factor, -self.offset / self.factor, self.codes)


_ONE_WAY = (
    Change("mmol/L", "mg/dL", 18.016, codes=("glucose",)),
    Change("mmol/L", "mg/dL", 9.008, codes=("lactate",)),
    Change("mg/dL", "umol/L", 88.42, codes=("creatinine",)),
    Change("mg/dL", "umol/L", 17.1, codes=("bilirubin",)),
    Change("mg/dL", "mmol/L", 0.357, codes=("urea-nitrogen", "urea")),
    Change("g/dL", "mmol/L", 0.6206, codes=("haemoglobin",)),
    Change("g/dL", "g/L", 10.0, codes=("haemoglobin", "albumin")),
    Change("mg/L", "mg/dL", 0.1, codes=("c-reactive-protein",)),
    Change("mmol/L", "mg/dL", 3.91, codes=("potassium",)),
    Change("Cel", "[degF]", 1.8, 32.0, codes=("temperature",)),
    Change("mm[Hg]", "kPa", 0.13332, codes=("systolic", "diastolic")),
    Change("kg", "[lb_av]", 2.2046, codes=("weight",)),
    Change("cm", "[in_i]", 0.3937, codes=("height",)),
    Change("10*3/uL", "/uL", 1000.0, codes=("leukocytes", "platelets")),
    Change("ng/mL", "ng/L", 1000.0, codes=("troponin-i", "troponin-t")),
    Change("1", "1/10", 10.0),
    Change("1", "%", 100.0),
    Change("1", "1/1000", 1000.0),
)
CHANGES = (*_ONE_WAY, *(change.back for change in _ONE_WAY))
