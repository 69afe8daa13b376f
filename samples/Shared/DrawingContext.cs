using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace Siamese.Samples.Shared;

/// <summary>Loads Siamese.Samples.Drawing, and with it ScottPlot and SkiaSharp 3, from a folder of their own.</summary>
/// <remarks>
/// ML.NET's <c>MLImage</c> is compiled against SkiaSharp 2.88 and throws MissingMethodException with 3.x, which ScottPlot 5.1 is compiled
/// against. In a load context of their own they live beside it in one process, native libraries included: only types of .NET itself pass
/// between the two. Once ML.NET takes SkiaSharp 3, Siamese.Samples.Drawing can become an ordinary reference, and this type goes.
/// </remarks>
internal sealed class DrawingContext : AssemblyLoadContext
{
    private const string Drawing = "Siamese.Samples.Drawing";

    private static readonly Lazy<DrawingContext> Context = new(() => new DrawingContext(Find()));

    private readonly AssemblyDependencyResolver _files;

    private DrawingContext(string path)
        : base(Drawing)
    {
        _files = new AssemblyDependencyResolver(path);
    }

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The resolver must be there before a method that names the other assembly is compiled.")]
    internal static void Subscribe() =>
        GetLoadContext(typeof(DrawingContext).Assembly)!.Resolving += (_, name) =>
            name.Name == Drawing ? Context.Value.LoadFromAssemblyName(name) : null;

    protected override Assembly? Load(AssemblyName assemblyName) =>
        _files.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _files.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;

    private static string Find()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "drawing", $"{Drawing}.dll");
        return File.Exists(path)
            ? path
            : throw new FileNotFoundException(
                $"'{path}' was not found. Build the application anew: the build places that folder beside it.", path);
    }
}
