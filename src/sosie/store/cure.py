"""What to delete so that the workflow makes a damaged part of a store anew, and nothing else."""

from collections.abc import Collection
from pathlib import Path


class Cures:
    """Sentences for the store at ``path``; the workflow's files lie in its folder.

    status.json always goes too: while the last step's result is there, the workflow does not ask
    for the steps before it.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.folder = path, path.parent

    def commit(self) -> str:
        """Where the arrays may be whole: finalise checks and commits."""
        if not (self.folder / "status.json").exists():
            return "run the study again, done patients are kept"
        return self._ours("the store is checked and committed anew")

    def shared(self, organ: str) -> str:
        """Where the mesh is not what it was: init writes it again."""
        return self._ours("mesh and shards are written anew", *self._steps(organ))

    def anew(self, organ: str, name: str = "") -> str:
        """Where an array, or the organ's whole group, must be created anew."""
        place = self.path / organ / name
        rest = [str(place)] if place.exists() else []
        return self._ours("it is made and packed anew", *rest, *self._steps(organ))

    def shard(self, organ: str, number: int, digests: Collection[str]) -> str:
        """Where a shard's values are not what was packed; ``digests`` are of its done patients."""
        organs = self.folder / organ
        gone = [d for d in digests if not (organs / "patients" / f"{d}.npz").exists()]
        if gone:
            texts = {file: file.read_text() for file in sorted(organs.glob("*.json"))}
            files = [str(file) for file, text in texts.items() if any(d in text for d in gone)]
            if files:
                return (
                    f"{self._delete(*files)}: the files of {len(gone)} of the shard's patients are"
                    " gone, these are solved again"
                )
        file = f"{self.folder}/store/{organ}-{number}.json"
        return self._ours("the shard is packed anew from its patient files", file)

    def _steps(self, organ: str) -> tuple[str, str]:
        return f"{self.folder}/store/init.json", f"{self.folder}/store/{organ}-*.json"

    def _delete(self, *files: str) -> str:
        *most, last = *files, f"{self.folder}/status.json"
        return f"delete {', '.join(most)}{' and ' if most else ''}{last} and run the study again"

    def _ours(self, then: str, *files: str) -> str:
        if (self.folder / "store").is_dir():
            return f"{self._delete(*files)}: {then}, no solve is repeated"
        return f"{self.folder} is not the folder of a study: copy the store again from its own"
