rule verification:
    """Run every check against an exact solution, a refinement or a published number."""
    output:
        "results/verification/verification.json",
        "results/verification/verification.html",
    log:
        "logs/verification.log",
    benchmark:
        "results/verification/benchmark.tsv"
    conda:
        "../../envs/sosie.yaml"
    threads: 2
    resources:
        mpi="mpiexec",
        tasks=lambda wildcards, threads: threads,
        cpus_per_task=1,
        mem_mb=20000,
        runtime=120,
    params:
        folder=lambda wildcards, output: Path(output[0]).parent,
        model=[model_digest(organ) for organ in ("heart", "brain")],
        slow="",
    shell:
        "{resources.mpi} -n {resources.tasks} {RANK} verify"
        " {params.folder} {params.slow} 2>&1 | tee {log} >&2"


use rule verification as verification_slow with:
    output:
        "results/verification_slow/verification.json",
        "results/verification_slow/verification.html",
    log:
        "logs/verification_slow.log",
    benchmark:
        "results/verification_slow/benchmark.tsv"
    params:
        folder=lambda wildcards, output: Path(output[0]).parent,
        model=[model_digest(organ) for organ in ("heart", "brain")],
        slow="--slow",
