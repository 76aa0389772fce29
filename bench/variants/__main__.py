"""What models repair from each variant of the prompt.

    python -m bench.variants FOLDER --run CASE --anthropic URL [--openai URL]
    python -m bench.variants FOLDER --play CASE --prompts DIR    # models played by hand
    python -m bench.variants FOLDER                              # the table of what was run

A case is one of `bench/variants/cases`: a real package with a seeded fault, or an analyser's finding. Repositories,
results and records of runs are kept in FOLDER; who plays a model gets DIR/CASE, which holds the prompts and nothing
else. `--play` heals a case with the answers written so far and says which prompt waits for one.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from bench.variants.cases import cases
from bench.variants.making import Workbench
from bench.variants.playing import answer_of, play
from bench.variants.running import Addresses, run
from bench.variants.table import table


def main() -> None:
    """Heal a case, or print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.variants", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where repositories and results are kept")
    parser.add_argument("--cache", type=Path, default=Path(".cache/variants"), help="where environments are kept")
    parser.add_argument("--run", metavar="CASE", help="heal this case")
    parser.add_argument("--play", metavar="CASE", help="heal this case with the answers in --prompts")
    parser.add_argument("--prompts", type=Path, metavar="DIR", help="where prompts and answers of played cases are")
    parser.add_argument("--anthropic", default="http://127.0.0.1:9", metavar="URL", help="the Messages API")
    parser.add_argument("--openai", default="", metavar="URL", help="an endpoint for chat completions")
    options = parser.parse_args()
    known = {case.name: case for case in cases()}
    name = options.run or options.play
    if name is None:
        print("\n".join(table(options.folder, list(known.values()))))
        return
    if options.play and not options.prompts:
        parser.error("--play needs --prompts")
    bench = Workbench(options.cache)
    bench.prepare()
    folder = (options.folder / name).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    made = bench.make(known[name], folder)
    waiting: list[Path] = []
    if options.run:
        result = run(made, Addresses(options.anthropic, options.openai), folder)
    else:
        result, waiting = play(made, options.prompts / name, folder)
    (folder / "result.json").unlink(missing_ok=True)
    if waiting:
        print("\n".join(f"{name}: waiting for {answer_of(question)}" for question in waiting))
        return
    (folder / "result.json").write_text(json.dumps(result, indent=1), "utf-8")
    print(f"{name}: {result['outcome']}")


if __name__ == "__main__":
    main()
