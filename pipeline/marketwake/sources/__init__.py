"""Where figures come from, by vendor: `fetch` alone touches the network, `parse` is a pure function
of what came.
"""
