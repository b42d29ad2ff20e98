rule keep_bits:
    """Say how fields are rounded. A file, not a parameter of pack: see docs/design.md."""
    output:
        "results/{study}/store/keep_bits.json",
    log:
        "logs/{study}/store/keep_bits.log",
    benchmark:
        "results/{study}/benchmarks/store/keep_bits.tsv"
    conda:
        "../../envs/sosie.yaml"
    params:
        bits=json.dumps(study.store.keep_bits, sort_keys=True),
    shell:
        "printf '%s\\n' {params.bits:q} > {output} 2> {log}"


rule init:
    """Create the store, or resize it for a grown cohort."""
    input:
        "results/{study}/store/keep_bits.json",
    output:
        "results/{study}/store/init.json",
    log:
        "logs/{study}/store/init.log",
    benchmark:
        "results/{study}/benchmarks/store/init.tsv"
    conda:
        "../../envs/sosie.yaml"
    params:
        store="results/{study}/cohort.zarr",
        size=planned.size,
        organs=[f"--{organ}={planned.parameters(organ)}" for organ in study.organs],
    shell:
        "sosie init {params.store} {output} --size {params.size} --study {wildcards.study}"
        " {params.organs:q} --bits {input} > {log} 2>&1"


rule pack:
    """Write one shard of an organ: the only writer of its chunks."""
    input:
        manifests=manifests_of,
        init=ancient("results/{study}/store/init.json"),
        bits="results/{study}/store/keep_bits.json",
    output:
        "results/{study}/store/{organ}-{shard}.json",
    log:
        "logs/{study}/store/{organ}-{shard}.log",
    benchmark:
        "results/{study}/benchmarks/store/{organ}-{shard}.tsv"
    conda:
        "../../envs/sosie.yaml"
    params:
        store="results/{study}/cohort.zarr",
        folder="results/{study}/{organ}/patients",
        first=first_of,
        manifests=lambda wildcards, input: [
            f"--manifests={path}" for path in input.manifests
        ],
    shell:
        "sosie pack {params.store} {wildcards.organ} {output} --shard {wildcards.shard}"
        " --first {params.first} --folder {params.folder} {params.manifests:q}"
        " --bits {input.bits} > {log} 2>&1"


rule finalise:
    """Check the store against the manifests and commit it."""
    input:
        records=expand("results/{{study}}/records/{batch}.json", batch=planned.batches),
        manifests=expand(
            "results/{{study}}/{organ}/{batch}.json",
            organ=study.organs,
            batch=planned.batches,
        ),
        packs=expand(
            "results/{{study}}/store/{organ}-{shard}.json",
            organ=study.organs,
            shard=shards,
        ),
        init="results/{study}/store/init.json",
    output:
        "results/{study}/status.json",
    log:
        "logs/{study}/store/finalise.log",
    benchmark:
        "results/{study}/benchmarks/store/finalise.tsv"
    conda:
        "../../envs/sosie.yaml"
    params:
        store="results/{study}/cohort.zarr",
        records=lambda wildcards, input: [f"--records={path}" for path in input.records],
        manifests=lambda wildcards, input: [
            f"--{Path(path).parent.name}={path}" for path in input.manifests
        ],
        flow=json.dumps(planned.selection.flow),
        seed=study.seed,
    shell:
        "sosie finalise {params.store} {output} {params.records:q} {params.manifests:q}"
        " --flow {params.flow:q} --seed {params.seed} > {log} 2>&1"
