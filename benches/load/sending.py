"""Starting a sender in a process of its own and reading what it measured."""

import json
import subprocess
import sys
from dataclasses import asdict

from benches.load.sender import Task
from benches.load.servers import ROOT

Figures = dict[str, float | int]


def send(task: Task) -> Figures:
    """Run a task to its end; raises CalledProcessError where the sender failed."""
    command = [sys.executable, "-m", "benches.load.sender", json.dumps(asdict(task))]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    figures: Figures = json.loads(done.stdout)
    return figures
