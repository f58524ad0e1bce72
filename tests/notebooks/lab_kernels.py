"""What a JupyterLab of the tests starts its kernels with."""

from jupyter_server.services.kernels.kernelmanager import ServerKernelManager

from tests.notebooks.kernels import ForkProvisioner


class ForkingKernelManager(ServerKernelManager):
    """A server's manager of one kernel, which is forked."""

    async def _async_pre_start_kernel(self, **options):
        spec = self.kernel_spec
        self.provisioner = ForkProvisioner(parent=self, kernel_spec=spec)
        return await super()._async_pre_start_kernel(**options)
