"""Parts of the page that ask and answer by themselves: limits of the principles, suppositions, objections, groups."""
