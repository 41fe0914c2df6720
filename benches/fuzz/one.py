"""Fuzz one target in this process, which libFuzzer ends: `python -m benches.fuzz.one NAME FOLDER RUNS SEED`.

The folder holds the seeds and a dictionary, and receives what breaks the target.
"""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["wardwise"], enable_loader_override=False):
    from benches.fuzz.target import judged
    from benches.fuzz.targets import TARGETS


def main(name: str, folder: Path, runs: int, seed: int) -> None:
    """Never returns: libFuzzer exits with 0 when the runs are done and otherwise with another code."""
    target = TARGETS[name]
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, content in enumerate(target.seeds):
        (corpus / f"seed{number}").write_bytes(content)
    words = folder / "words"
    words.write_text("".join('"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n' for word in target.words))
    options = {
        "runs": runs,
        "seed": seed,
        "max_len": target.longest,
        "dict": words,
        "artifact_prefix": f"{folder}/found-",
        "timeout": 20,
        "rss_limit_mb": 2048,
        "verbosity": 0,
        "print_final_stats": 1,
    }
    atheris.Setup(["fuzz", *(f"-{key}={value}" for key, value in options.items()), str(corpus)], judged(target.make()))
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
