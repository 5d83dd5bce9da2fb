"""Another name for a data set or a run, or its end."""

from collections.abc import Callable

import streamlit as st


def rename_or_delete(
    what: str,
    name: str,
    *,
    key: str,
    rename: Callable[[str], None],
    delete: Callable[[], None],
    obstacle: str = "",
) -> None:
    """Two forms side by side; it is deleted only when its name was typed, and not while `obstacle` says why."""
    first, second = st.columns(2)
    with first.form(f"{key}.rename", border=False):
        other = st.text_input("Name", value=name, key=f"{key}.name")
        if st.form_submit_button("Rename", icon=":material/edit:") and other.strip():
            rename(other.strip())
            st.rerun()
    with second.form(f"{key}.delete", border=False):
        typed = st.text_input(
            f"Type the name of the {what} to delete it for good", key=f"{key}.typed"
        )
        if st.form_submit_button("Delete", icon=":material/delete:"):
            if obstacle:
                st.error(obstacle, icon=":material/error:")
            elif typed.strip() == name:
                delete()
                st.rerun()
            else:
                problem = f"That is not the name of this {what}, so it was kept."
                st.error(problem, icon=":material/error:")
