using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Siamese.Training.Native;

/// <summary>Where the native files of an application's packages lie.</summary>
internal static class NativeFolders
{
    /// <summary>Finds a native file of TorchSharp's or libtorch's packages.</summary>
    /// <param name="fileName">Such as libtorch_cpu.so.</param>
    /// <returns>The full path; null where no folder has the file.</returns>
    public static string? Find(string fileName) =>
        All().Select(folder => Path.Combine(folder, fileName)).FirstOrDefault(File.Exists);

    /// <summary>Lists the folders to search, first the one to prefer.</summary>
    public static IEnumerable<string> All()
    {
        string natives = Path.Combine("runtimes", RuntimeIdentifier, "native");

        // The host lists what the application's .deps.json names: the output's runtimes folder, or the NuGet cache's.
        if (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") is string listed)
        {
            foreach (string folder in listed.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            {
                yield return folder;
            }
        }

        // "dotnet publish -r" lays natives flat beside the application.
        yield return AppContext.BaseDirectory;
        yield return Path.Combine(AppContext.BaseDirectory, natives);

        // Empty in an application that is a single file.
        Assembly torchSharp = typeof(torch).Assembly;
        string location = torchSharp.Location;
        if (Path.GetDirectoryName(location) is not { Length: > 0 } besideTorchSharp)
        {
            yield break;
        }

        yield return besideTorchSharp;
        yield return Path.Combine(besideTorchSharp, natives);

        // Scripts and notebooks load TorchSharp.dll where NuGet keeps it: torchsharp/<version>/lib/<framework>/TorchSharp.dll.
        string package = Path.GetFullPath(Path.Combine(besideTorchSharp, "..", ".."));
        string packages = Path.GetFullPath(Path.Combine(package, "..", ".."));
        yield return Path.Combine(package, natives);
        yield return Path.Combine(packages, TorchLibrary.PackageName, TorchLibrary.PackageVersion, natives);
    }

    /// <summary>Gets the runtime identifier that the packages are named by, such as linux-x64.</summary>
    public static string RuntimeIdentifier
    {
        get
        {
            string system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
            string architecture = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";
            return $"{system}-{architecture}";
        }
    }
}
