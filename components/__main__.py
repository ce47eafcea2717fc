"""Starts the Pulumi plugin: the engine runs this folder with its own address as the first argument."""

from moorage.plugin import serve

if __name__ == "__main__":
    serve()
