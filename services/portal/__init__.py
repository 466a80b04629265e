"""The portal: pages for people who work in a network. It asks the gateway's public API for everything, as any
partner's portal would; of its own it keeps sessions and drafts. docs/portal.md says how a page is made."""
