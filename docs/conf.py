"""How the documentation site is built: Sphinx, Markdown pages, and a reference that is read from the program itself."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

project = "Frontline Fusion"
author = "Frontline Fusion"
language = "en"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "directives"]

exclude_patterns = ["_build"]
myst_heading_anchors = 3
nitpicky = False

# What needs a display, or is only a name in a signature, is not imported to be documented.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False

html_theme = "furo"
html_title = "Frontline Fusion"
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_static_path = ["static"]
html_css_files = ["site.css"]
html_theme_options = {"top_of_page_buttons": []}
