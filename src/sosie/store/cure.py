"""What to delete so that the workflow makes a damaged part of a store anew, and nothing else."""

from collections.abc import Collection
from pathlib import Path

AGAIN = "and run the study again"


class Cures:
    """Sentences for the store at ``path``; the workflow's files lie in its folder."""

    def __init__(self, path: Path) -> None:
        self.path, self.folder = path, path.parent

    def commit(self) -> str:
        """Where the arrays may be whole: finalise checks and commits."""
        status = self.folder / "status.json"
        if not status.exists():
            return "run the study again, done patients are kept"
        return self._ours(f"delete {status} {AGAIN}: the store is checked and committed anew")

    def shared(self, organ: str) -> str:
        """Where the mesh is not what it was: init writes it again."""
        files = f"{self.folder}/store/init.json and {self.folder}/store/{organ}-*.json"
        return self._ours(f"delete {files} {AGAIN}: mesh and shards are written anew")

    def anew(self, organ: str, name: str = "") -> str:
        """Where an array, or the organ's whole group, must be created anew."""
        store = self.folder / "store"
        place = self.path / organ / name
        rest = f"{place}, " if place.exists() else ""
        files = f"{rest}{store}/init.json and {store}/{organ}-*.json"
        return self._ours(f"delete {files} {AGAIN}: it is made and packed anew")

    def shard(self, organ: str, number: int, digests: Collection[str]) -> str:
        """Where a shard's values are not what was packed; ``digests`` are of its done patients."""
        organs = self.folder / organ
        gone = [d for d in digests if not (organs / "patients" / f"{d}.npz").exists()]
        if gone:
            texts = {file: file.read_text() for file in sorted(organs.glob("*.json"))}
            files = [str(file) for file, text in texts.items() if any(d in text for d in gone)]
            if files:
                return (
                    f"delete {', '.join(files)} {AGAIN}: the files of {len(gone)} of the shard's"
                    " patients are gone, these are solved again"
                )
        file = self.folder / "store" / f"{organ}-{number}.json"
        return self._ours(f"delete {file} {AGAIN}: the shard is packed anew from its patient files")

    def _ours(self, sentence: str) -> str:
        if (self.folder / "store").is_dir():
            return f"{sentence}, no solve is repeated"
        return f"{self.folder} is not the folder of a study: copy the store again from its own"
