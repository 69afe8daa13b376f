using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Security.Cryptography;
using Siamese.Pipelines;
using TorchSharp;

namespace Siamese.Training.Native;

/// <summary>Loads the native library that TorchSharp runs on.</summary>
/// <remarks>
/// <para>
/// TorchSharp's library for Linux asks for the libstdc++ of GCC 13, which Debian 12, Ubuntu 22.04 and RHEL 9 do not have. Where it does
/// not load for that reason, a copy of it that differs in the one symbol it asks for is kept in the user's local application data (about
/// 2.4 MB in <c>Siamese.Training/native</c>) and loaded instead. Where it loads as it is, nothing is done.
/// </para>
/// <para>
/// libtorch's threads sleep while they wait for one another, since spinning costs most of the speed on a busy machine; set
/// <c>OMP_WAIT_POLICY</c> or <c>GOMP_SPINCOUNT</c> in the environment to choose otherwise.
/// </para>
/// <para>
/// The application references the library's package: libtorch-cpu-linux-x64, -win-x64 or -osx-arm64, or TorchSharp-cpu for all of them.
/// </para>
/// </remarks>
public static class TorchLibrary
{
    /// <summary>The version of libtorch that this version of TorchSharp is built for.</summary>
    internal const string PackageVersion = "2.10.0";

    private const string LibraryName = "LibTorchSharp";
    private const string LibraryFileName = "libLibTorchSharp.so";

    private static readonly Lock LoadGate = new();

    // Not the same lock: another thread may be resolving the library inside torch's static constructor, which loading waits for.
    private static readonly Lock ResolveGate = new();

    private static volatile bool _loaded;
    private static nint _resolved;
    private static Exception? _failure;

    /// <summary>Gets the name of the package that holds libtorch for this system.</summary>
    internal static string PackageName => $"libtorch-cpu-{NativeFolders.RuntimeIdentifier}";

    private static string LibTorchFileName =>
        OperatingSystem.IsWindows() ? "torch_cpu.dll" : OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib" : "libtorch_cpu.so";

    private static bool IsLibTorchThere => NativeFolders.Find(LibTorchFileName) is not null;

    /// <summary>Loads the library, unless it is loaded. Call it before the first use of torch.</summary>
    /// <remarks>
    /// Training calls it. A program that makes tensors of its own first calls it too: TorchSharp's own failure to load copies half a
    /// gigabyte beside the program and names another cause than the one it has.
    /// </remarks>
    /// <exception cref="TorchLibraryException">The library is missing or does not load; the message says what to install.</exception>
    public static void EnsureLoaded()
    {
        if (_loaded)
        {
            return;
        }

        lock (LoadGate)
        {
            if (_loaded)
            {
                return;
            }

            OpenMPThreads.SleepWhileWaiting();

            // TorchSharp's own order. The first is there only with a CUDA package, and must then come before the second.
            Assembly torchSharp = typeof(torch).Assembly;
            _ = NativeLibrary.TryLoad("torch_cuda", torchSharp, null, out _);
            if (!NativeLibrary.TryLoad(LibraryName, torchSharp, null, out _))
            {
                throw NotLoaded(IsLibTorchThere, _failure);
            }

            try
            {
                RuntimeHelpers.RunClassConstructor(typeof(torch).TypeHandle);
            }
            catch (TypeInitializationException e)
            {
                throw NotLoaded(IsLibTorchThere, e.GetBaseException());
            }

            _loaded = true;
        }
    }

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The resolver must be there before a program makes its first tensor.")]
    internal static void SubscribeResolver()
    {
        if (OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64)
        {
            AssemblyLoadContext context = AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly) ?? AssemblyLoadContext.Default;
            context.ResolvingUnmanagedDll += Resolve;
        }
    }

    /// <summary>Writes the copy that loads with an older libstdc++, unless it is there.</summary>
    /// <param name="library">The path of TorchSharp's own library.</param>
    /// <param name="cache">The folder of the copies; it is made where it is missing.</param>
    /// <returns>The path of the copy.</returns>
    /// <exception cref="InvalidDataException">The library is not as expected.</exception>
    internal static string WriteRelabelledCopy(string library, string cache)
    {
        byte[] original = File.ReadAllBytes(library);
        byte[] relabelled = LibstdcxxRelabelling.Apply(original);
        string folder = Path.Combine(cache, Convert.ToHexStringLower(SHA256.HashData(original)));
        string copy = Path.Combine(folder, LibraryFileName);
        if (File.Exists(copy) && File.ReadAllBytes(copy).AsSpan().SequenceEqual(relabelled))
        {
            return copy;
        }

        AtomicFile.Write(copy, stream => stream.Write(relabelled));
        return copy;
    }

    /// <summary>Says why the library does not load and what to do.</summary>
    /// <param name="isLibTorchThere">Whether libtorch's package is there at all.</param>
    /// <param name="failure">What the system said, if it was asked.</param>
    internal static TorchLibraryException NotLoaded(bool isLibTorchThere, Exception? failure)
    {
        string identifier = NativeFolders.RuntimeIdentifier;
        if (identifier is not ("linux-x64" or "win-x64" or "win-arm64" or "osx-arm64"))
        {
            return new(
                $"Training needs libtorch, which has no package for {identifier}. Train on Linux x64, Windows or macOS arm64.", failure);
        }

        if (!isLibTorchThere)
        {
            return new(
                $"{LibTorchFileName} was not found beside the application. Reference the package {PackageName} {PackageVersion}, "
                + "or TorchSharp-cpu, in the application's project.",
                failure);
        }

        string said = failure is null ? string.Empty : $": {failure.Message.TrimEnd('.')}";

        // Versions of libstdc++'s symbols are named GLIBCXX_..., those of the C library's GLIBC_...
        bool isSystemTooOld = failure is InvalidDataException || failure?.Message.Contains("GLIBC", StringComparison.Ordinal) == true;
        string remedy = isSystemTooOld
            ? $" Use a system with the libstdc++ of GCC 13 or newer (Debian 13, Ubuntu 24.04): it has {LibstdcxxRelabelling.NewerVersion}."
            : $" Reference the package {PackageName} in version {PackageVersion}, the one TorchSharp is built for.";
        return new($"TorchSharp's native library was found but does not load{said}.{remedy}", failure);
    }

    private static nint Resolve(Assembly assembly, string name)
    {
        if (name != LibraryName)
        {
            return 0;
        }

        lock (ResolveGate)
        {
            if (_resolved == 0)
            {
                try
                {
                    _resolved = LoadFromFolders();
                }
                catch (Exception e) when (e is InvalidDataException or DllNotFoundException or IOException or UnauthorizedAccessException)
                {
                    _failure = e;
                }
            }

            return _resolved;
        }
    }

    private static nint LoadFromFolders()
    {
        string library = NativeFolders.Find(LibraryFileName)
            ?? throw new DllNotFoundException($"{LibraryFileName} was not found in {string.Join(", ", NativeFolders.All())}.");

        // A library that is loaded already satisfies a need for its name, so that the copy need not lie beside the ones it needs.
        foreach (string needed in (string[])["libc10.so", "libtorch_cpu.so", "libtorch.so"])
        {
            NativeLibrary.Load(NativeFolders.Find(needed) ?? throw new DllNotFoundException($"{needed} was not found."));
        }

        try
        {
            return NativeLibrary.Load(library);
        }
        catch (DllNotFoundException e) when (e.Message.Contains(LibstdcxxRelabelling.NewerVersion, StringComparison.Ordinal))
        {
            return LoadRelabelled(library);
        }
    }

    private static nint LoadRelabelled(string library)
    {
        string data = Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        if (data.Length > 0)
        {
            try
            {
                return NativeLibrary.Load(WriteRelabelledCopy(library, Path.Combine(data, "Siamese.Training", "native")));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A user without a home, or one that is read-only, as in many containers.
            }
        }

        // A loaded library outlives its file.
        DirectoryInfo temporary = Directory.CreateTempSubdirectory("Siamese.Training.");
        try
        {
            return NativeLibrary.Load(WriteRelabelledCopy(library, temporary.FullName));
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }
}
