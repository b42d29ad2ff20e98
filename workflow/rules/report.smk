rule report:
    """Draw the cohort and its hearts in one self-contained page."""
    input:
        "results/{study}/status.json",
    output:
        report(
            "results/{study}/report.html",
            category="Study",
            caption="../report/study.rst",
        ),
    log:
        "logs/{study}/report.log",
    benchmark:
        "results/{study}/benchmarks/report.tsv"
    conda:
        "../../envs/sosie.yaml"
    params:
        store="results/{study}/cohort.zarr",
    shell:
        "sosie report {params.store} {input} {output} > {log} 2>&1"
