"""Every use case, ended before and after every call that it makes to the outside, and delivered again."""
