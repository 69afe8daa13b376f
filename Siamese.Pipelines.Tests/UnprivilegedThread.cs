using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Siamese.Pipelines.Tests;

/// <summary>Runs what a test does as a user whom permissions of files bind, also where root runs the tests, as in containers.</summary>
internal static class UnprivilegedThread
{
    private const uint Nobody = 65534;

    public static void Run(Action action)
    {
        ExceptionDispatchInfo? thrown = null;
        var thread = new Thread(() =>
        {
            // Linux keeps the user whom files see for each thread; the other threads go on as they are.
            bool isRoot = Environment.IsPrivilegedProcess;
            if (isRoot)
            {
                _ = SetUser(Nobody);
            }

            try
            {
                action();
            }
            catch (Exception exception)
            {
                thrown = ExceptionDispatchInfo.Capture(exception);
            }
            finally
            {
                if (isRoot)
                {
                    _ = SetUser(0);
                }
            }
        });
        thread.Start();
        thread.Join();
        thrown?.Throw();
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetUser(uint user);
}
