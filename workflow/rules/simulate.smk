rule simulate:
    """Simulate one organ of a batch; patients whose result exists are not solved again."""
    input:
        "results/{study}/records/{batch}.json",
    output:
        "results/{study}/{organ}/{batch}.json",
    log:
        "logs/{study}/{organ}/{batch}.log",
    benchmark:
        "results/{study}/benchmarks/{organ}/{batch}.tsv"
    conda:
        "../../envs/sosie.yaml"
    threads: study.run.ranks
    resources:
        mpi="mpiexec",
        tasks=study.run.ranks,
        cpus_per_task=1,
        team=study.run.ranks_per_patient,
    params:
        organ=lambda wildcards: planned.parameters(wildcards.organ),
        model=lambda wildcards: model_digest(wildcards.organ),
        folder="results/{study}/{organ}/patients",
    shell:
        "{resources.mpi} -n {resources.tasks} {RANK} simulate"
        " {wildcards.organ} {input} {output} --folder {params.folder}"
        " --parameters {params.organ:q} --model {params.model} --ranks {resources.tasks}"
        " --ranks-per-patient {resources.team} 2>&1 | tee {log} >&2"
