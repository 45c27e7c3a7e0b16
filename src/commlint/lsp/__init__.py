"""commlint in an editor: a language server, which judges what is being typed together with all that it belongs to.

Positions, texts and the wish of the moment are the editor's; what is fragile is said by `commlint.session` alone.
"""
