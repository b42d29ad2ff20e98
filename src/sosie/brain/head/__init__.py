"""The head as a conductor: EEG lead fields and the electric fields of transcranial stimulation."""
