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
    params:
        folder=lambda wildcards, output: Path(output[0]).parent,
        model=model_digest("heart"),
    shell:
        "OMP_NUM_THREADS=1 sosie verify {params.folder} 2>&1 | tee {log} >&2"
