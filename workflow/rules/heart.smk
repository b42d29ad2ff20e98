rule heart:
    """Simulate the hearts of one batch; patients whose result exists are not solved again."""
    input:
        "results/{study}/records/{batch}.json",
    output:
        "results/{study}/heart/{batch}.json",
    log:
        "logs/{study}/heart/{batch}.log",
    benchmark:
        "results/{study}/benchmarks/heart/{batch}.tsv"
    conda:
        "../../envs/sosie.yaml"
    threads: study.run.ranks
    resources:
        mpi="mpiexec",
        tasks=study.run.ranks,
        cpus_per_task=1,
        team=study.run.ranks_per_patient,
    params:
        heart=as_json(study.heart),
        model=model_digest("heart"),
        folder="results/{study}/heart/patients",
    shell:
        "OMP_NUM_THREADS=1 {resources.mpi} -n {resources.tasks} python -m mpi4py -m sosie heart"
        " {input} {output} --folder {params.folder} --parameters {params.heart:q}"
        " --model {params.model} --ranks {resources.tasks}"
        " --ranks-per-patient {resources.team} 2>&1 | tee {log} >&2"
