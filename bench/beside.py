"""What honest clients have left while somebody sends wrong secrets as fast as they can: of two equal halves, a half."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench import generator, report
from bench.operations import WAYS

HONEST = ("introspect", "client credentials")
FLOOD = "wrong secret"


def measure(contender: Any, seconds: float, results: "report.Results") -> None:
    """Each honest operation alone with 16 connections, and beside a flood with 16 more."""
    for operation in HONEST:
        file, flood = contender.calls(operation, 0), contender.calls(FLOOD, 0)
        if file is None or flood is None:
            continue
        try:
            alone = generator.drive(contender.port, file, WAYS[operation], seconds)
            with ThreadPoolExecutor(1) as other:
                flooding = other.submit(generator.drive, contender.port, flood, WAYS[FLOOD], seconds + 2)
                beside = generator.drive(contender.port, file, WAYS[operation], seconds)
                wrong = flooding.result()
        except generator.LoadFailed as problem:
            results.failed(contender.name, f"{operation} beside a flood", str(problem))
            continue
        results.beside(operation, alone, beside, wrong)
