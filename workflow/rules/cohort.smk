rule records:
    """Build the canonical records of one batch of patients."""
    input:
        table=ancient(str(planned.table)),
    output:
        "results/{study}/records/{batch}.json",
    log:
        "logs/{study}/records/{batch}.log",
    benchmark:
        "results/{study}/benchmarks/records/{batch}.tsv"
    conda:
        "../../envs/sosie.yaml"
    params:
        members=lambda wildcards: planned.members(wildcards.batch),
        digest=lambda wildcards: planned.digest(wildcards.batch),
        source=planned.source,
        seed=study.seed,
    shell:
        "sosie records {output} {params.members:q} {params.source:q}"
        " --seed {params.seed} --digest {params.digest} > {log} 2>&1"


rule participants:
    """Write the cohort as BIDS: participants.tsv, its data dictionary, the origin of each cell."""
    input:
        expand("results/{{study}}/records/{batch}.json", batch=planned.batches),
    output:
        "results/{study}/bids/participants.tsv",
        "results/{study}/bids/participants.json",
    log:
        "logs/{study}/participants.log",
    benchmark:
        "results/{study}/benchmarks/participants.tsv"
    conda:
        "../../envs/sosie.yaml"
    params:
        records=lambda wildcards, input: [f"--records={path}" for path in input],
        folder=lambda wildcards, output: Path(output[0]).parent,
    shell:
        "sosie participants {params.folder} {params.records:q} > {log} 2>&1"
