from snakemake.utils import min_version

min_version("9.0")


if not workflow.configfiles:

    configfile: "config/demo.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/cohort.smk"
include: "workflow/rules/simulate.smk"
include: "workflow/rules/store.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/verification.smk"


rule all:
    """Simulate the study's patients; leave the store, its status, the cohort and a report."""
    default_target: True
    input:
        expand(
            "results/{study}/{file}",
            study=study.study,
            file=[
                "report.html",
                "representativeness.json",
                "status.json",
                "bids/participants.tsv",
            ],
        ),
