using System.Runtime.InteropServices;
using Siamese.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Siamese.Pipelines.Tests.Training.Native;

public sealed class TorchLibraryTests
{
    private string _folder = string.Empty;

    [SetUp]
    public void Make_a_folder() => _folder = Directory.CreateTempSubdirectory().FullName;

    [TearDown]
    public void Delete_the_folder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void EnsureLoaded_lets_tensors_and_modules_work()
    {
        TorchLibrary.EnsureLoaded();

        using var convolution = nn.Conv2d(1, 4, 3);
        using Tensor output = convolution.forward(zeros(2, 1, 8, 8));
        Assert.That(output.shape, Is.EqualTo(new long[] { 2, 4, 6, 6 }));
    }

    [Test]
    public void EnsureLoaded_keeps_TorchSharp_from_copying_its_libraries()
    {
        string besideTorchSharp = Path.GetDirectoryName(typeof(torch).Assembly.Location)!;

        string[] copies = Directory.GetDirectories(besideTorchSharp).Select(d => Path.GetFileName(d)).ToArray();

        Assert.That(copies, Has.None.EqualTo("cpu").And.None.StartsWith("cuda-"));
    }

    [Test]
    public void PackageVersion_is_what_TorchSharp_is_built_for() =>
        Assert.That(NormalizeNuGetVersion(__version__), Is.EqualTo(TorchLibrary.PackageVersion));

    [Test]
    public void EnsureLoaded_lets_waiting_threads_sleep_unless_the_user_chose()
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is not null
            || Environment.GetEnvironmentVariable("GOMP_SPINCOUNT") is not null)
        {
            Assert.Ignore("OMP_WAIT_POLICY or GOMP_SPINCOUNT is set, or this is not Linux.");
        }

        Assert.That(Marshal.PtrToStringUTF8(NativeEnvironmentVariable("OMP_WAIT_POLICY\0"u8.ToArray())), Is.EqualTo("passive"));
    }

    [Test]
    public void A_copy_is_written_once_and_again_if_it_is_damaged()
    {
        string library = WriteLibrary();
        string cache = Path.Combine(_folder, "cache");

        string copy = TorchLibrary.WriteRelabelledCopy(library, cache);
        byte[] written = File.ReadAllBytes(copy);
        File.SetLastWriteTimeUtc(copy, DateTime.UnixEpoch);
        string again = TorchLibrary.WriteRelabelledCopy(library, cache);
        DateTime timeOfSecond = File.GetLastWriteTimeUtc(again);
        File.WriteAllBytes(copy, written[..100]);
        TorchLibrary.WriteRelabelledCopy(library, cache);

        Assert.That(again, Is.EqualTo(copy));
        Assert.That(timeOfSecond, Is.EqualTo(DateTime.UnixEpoch));
        Assert.That(File.ReadAllBytes(copy), Is.EqualTo(written));
    }

    [Test]
    public void Copies_that_are_written_at_once_do_no_harm()
    {
        string library = WriteLibrary();
        string cache = Path.Combine(_folder, "cache");

        Parallel.For(0, 20, _ => TorchLibrary.WriteRelabelledCopy(library, cache));

        string only = Directory.GetFiles(cache, "*", SearchOption.AllDirectories).Single();
        Assert.That(File.ReadAllBytes(only), Is.EqualTo(LibstdcxxRelabelling.Apply(File.ReadAllBytes(library))));
    }

    [Test]
    public void NotLoaded_names_the_package_to_reference_where_it_is_missing()
    {
        TorchLibraryException exception = TorchLibrary.NotLoaded(isLibTorchThere: false, failure: null);

        Assert.That(exception.Message, Does.Contain(TorchLibrary.PackageName).And.Contain("2.10.0").And.Contain("TorchSharp-cpu"));
    }

    [Test]
    public void NotLoaded_says_what_the_system_said()
    {
        var failure = new DllNotFoundException("undefined symbol: x.");

        TorchLibraryException exception = TorchLibrary.NotLoaded(isLibTorchThere: true, failure);

        Assert.That(exception.Message, Does.Contain("does not load: undefined symbol: x. Reference the package"));
        Assert.That(exception.InnerException, Is.SameAs(failure));
    }

    [Test]
    public void NotLoaded_names_the_libstdcxx_to_use_where_relabelling_does_not_help()
    {
        Exception[] failures = [new InvalidDataException("other"), new DllNotFoundException("version `GLIBCXX_3.4.29' not found")];

        foreach (Exception failure in failures)
        {
            TorchLibraryException exception = TorchLibrary.NotLoaded(isLibTorchThere: true, failure);
            Assert.That(exception.Message, Does.Contain("the libstdc++ of GCC 13").And.Contain("GLIBCXX_3.4.32"));
        }
    }

    private string WriteLibrary()
    {
        string library = Path.Combine(_folder, "libLibTorchSharp.so");
        File.WriteAllBytes(library, new SyntheticLibrary().ToArray());
        return library;
    }

    [DllImport("libc", EntryPoint = "getenv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint NativeEnvironmentVariable(byte[] name);
}
