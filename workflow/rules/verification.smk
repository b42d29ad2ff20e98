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
        model=model_digest("heart"),
    shell:
        "{resources.mpi} -n {resources.tasks} {RANK} verify"
        " {params.folder} 2>&1 | tee {log} >&2"
