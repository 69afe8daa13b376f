using System.Runtime.InteropServices;

namespace Siamese.Training.Native;

/// <summary>How libtorch's threads wait for one another.</summary>
internal static class OpenMPThreads
{
    /// <summary>Lets waiting threads sleep, unless the user chose how they wait. It takes effect only before libtorch is loaded.</summary>
    /// <remarks>
    /// libgomp's threads spin for milliseconds at the end of every parallel loop. Where another process wants the processor too, each then
    /// waits for one that is not running: on a busy machine of two cores a training step took 3 to 4 times as long.
    /// </remarks>
    public static void SleepWhileWaiting()
    {
        bool chosen = Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is not null
            || Environment.GetEnvironmentVariable("GOMP_SPINCOUNT") is not null;
        if (OperatingSystem.IsLinux() && !chosen)
        {
            // On Unix, Environment.SetEnvironmentVariable changes .NET's copy alone, which getenv does not see.
            _ = SetEnvironmentVariable("OMP_WAIT_POLICY\0"u8.ToArray(), "passive\0"u8.ToArray(), overwrite: 0);
        }
    }

    [DllImport("libc", EntryPoint = "setenv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetEnvironmentVariable(byte[] name, byte[] value, int overwrite);
}
