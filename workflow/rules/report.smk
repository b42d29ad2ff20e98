rule report:
    """Draw the cohort and its organs in one self-contained page; say whom it stands for."""
    input:
        "results/{study}/status.json",
    output:
        page=report(
            "results/{study}/report.html",
            category="Study",
            caption="../report/study.rst",
        ),
        figures="results/{study}/representativeness.json",
    log:
        "logs/{study}/report.log",
    benchmark:
        "results/{study}/benchmarks/report.tsv"
    conda:
        "../../envs/sosie.yaml"
    params:
        store="results/{study}/cohort.zarr",
        source=planned.source,
        target=study.report.target,
    shell:
        "sosie report {params.store} {input} {output.page} {output.figures} {params.source:q}"
        " --target {params.target} > {log} 2>&1"
