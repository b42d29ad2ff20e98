"""What a store says of its cohort: tables, figures, the report."""
