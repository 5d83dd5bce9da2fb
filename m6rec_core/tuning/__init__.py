"""Finding options that do better on validation: what is searched, how it is measured, what was tried.

`plan` says what is wanted, `space` which options are searched, `trying` measures one setting, `study`
chooses the next one, `record` keeps and reads what was tried. Pages read `plan`, `space` and `record`.
"""
