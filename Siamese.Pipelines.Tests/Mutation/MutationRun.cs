using System.Diagnostics;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;

namespace Siamese.Mutation;

/// <summary>Compiles the mutants of a folder into one library, and has the tests of that folder run against them.</summary>
internal sealed class MutationRun(string root, string folder, string tests)
{
    private const string Library = "Siamese.Pipelines";
    private const string Tests = "Siamese.Pipelines.Tests";

    private static readonly CSharpParseOptions Parsing = new(LanguageVersion.CSharp14, preprocessorSymbols: ["NET", "NET10_0", "NET10_0_OR_GREATER", "RELEASE"]);

    public int Execute(int sample, int seed)
    {
        (string[] sources, MetadataReference[] references) = ReadProject();
        string shadow = Directory.CreateTempSubdirectory("siamese-mutation-").FullName;
        try
        {
            Mutant[] mutants = Compile(sources, references, sample, seed, Shadow(shadow));
            Console.WriteLine($"{folder}: {mutants.Length} mutants");
            return Judge(shadow, mutants);
        }
        finally
        {
            Directory.Delete(shadow, recursive: true);
        }
    }

    private int Judge(string shadow, Mutant[] mutants)
    {
        using var process = new WorkerProcess(shadow, Tests, folder);
        var watch = Stopwatch.StartNew();
        (bool finished, string? failed) = process.Run(0, TimeSpan.FromMinutes(10));
        if (!finished || failed is not null)
        {
            Console.Error.WriteLine($"The tests of {folder} fail without any mutant: {failed ?? "they did not end"}.");
            return 1;
        }

        var limit = TimeSpan.FromSeconds(30 + (4 * watch.Elapsed.TotalSeconds));
        int killed = 0;
        var survivors = new List<Mutant>();
        foreach (Mutant mutant in mutants)
        {
            if (mutant.IsStatic)
            {
                process.Restart();
            }

            (finished, failed) = process.Run(mutant.Number, limit);
            if (finished && failed is null)
            {
                survivors.Add(mutant);
                Console.WriteLine($"survived  {mutant.Place}  {mutant.Change}");
            }
            else
            {
                killed++;
            }

            if (!finished || mutant.IsStatic)
            {
                process.Restart();
            }
        }

        Console.WriteLine(
            $"{folder}: {killed} of {mutants.Length} mutants killed ({100.0 * killed / Math.Max(1, mutants.Length):F1} %) in {watch.Elapsed.TotalMinutes:F1} min");
        return 0;
    }

    /// <summary>Compiles with the sample of mutants, leaving out those that do not compile, until it does.</summary>
    private Mutant[] Compile(string[] sources, MetadataReference[] references, int sample, int seed, string target)
    {
        string part = Path.Combine(root, Library, folder) + Path.DirectorySeparatorChar;
        string[] mutated = [.. sources.Where(source => source.StartsWith(part, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        if (mutated.Length == 0)
        {
            throw new InvalidOperationException($"There are no sources in '{part}'.");
        }

        Dictionary<string, SyntaxTree> trees = sources.ToDictionary(source => source, source => CSharpSyntaxTree.ParseText(File.ReadAllText(source), Parsing, source));
        (_, List<Mutant> all) = Mutate(mutated, trees, wanted: null);
        Mutant[] order = [.. all];
        new Random(seed).Shuffle(order);
        HashSet<int> wrong = [];
        while (true)
        {
            HashSet<int> wanted = [.. order.Select(mutant => mutant.Number).Where(number => !wrong.Contains(number)).Take(sample)];
            (Dictionary<string, SyntaxTree> changed, List<Mutant> found) = Mutate(mutated, trees, wanted.Contains);
            SyntaxTree[] parts =
            [
                .. trees.Select(tree => changed.GetValueOrDefault(tree.Key, tree.Value)),
                CSharpSyntaxTree.ParseText("namespace Siamese.Mutation { public static class Switch { public static int Active; public static bool Is(int mutant) => Active == mutant; } }", Parsing),
            ];
            var compilation = CSharpCompilation.Create(
                Library, parts, references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
            File.Delete(target);
            EmitResult result;
            using (FileStream file = File.Create(target))
            {
                result = compilation.Emit(file);
            }

            if (result.Success)
            {
                return [.. found];
            }

            int before = wrong.Count;
            Diagnostic[] errors = [.. result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)];
            foreach (Diagnostic error in errors)
            {
                if (error.Location.SourceTree is not { } tree)
                {
                    continue;
                }

                // The mutant around the error, or those of the statement around it: one of them takes something away that it needs.
                SyntaxNode place = tree.GetRoot().FindNode(error.Location.SourceSpan, getInnermostNodeForTie: true);
                SyntaxNode? around = place.AncestorsAndSelf().FirstOrDefault(node => node.HasAnnotations(Mutator.Annotation));
                IEnumerable<SyntaxNode> guilty = around is not null
                    ? [around]
                    : place.AncestorsAndSelf().Select(node => node.GetAnnotatedNodes(Mutator.Annotation)).FirstOrDefault(nodes => nodes.Any()) ?? [];
                wrong.UnionWith(guilty.SelectMany(node => node.GetAnnotations(Mutator.Annotation)).Select(annotation => int.Parse(annotation.Data!, System.Globalization.CultureInfo.InvariantCulture)));
            }

            if (wrong.Count == before)
            {
                throw new InvalidOperationException($"The library does not compile: {errors[0]}");
            }
        }
    }

    private (Dictionary<string, SyntaxTree> Trees, List<Mutant> Mutants) Mutate(string[] files, Dictionary<string, SyntaxTree> trees, Func<int, bool>? wanted)
    {
        var changed = new Dictionary<string, SyntaxTree>(StringComparer.Ordinal);
        var mutants = new List<Mutant>();

        // Each file numbers its mutants from its own thousands, so that a change in one leaves the others their numbers.
        for (int i = 0; i < files.Length; i++)
        {
            var mutator = new Mutator(Path.GetRelativePath(Path.Combine(root, Library), files[i]), ((i + 1) * 10_000) + 1, wanted);
            SyntaxNode visited = mutator.Visit(trees[files[i]].GetRoot());
            changed[files[i]] = CSharpSyntaxTree.Create((CSharpSyntaxNode)visited, Parsing, files[i], System.Text.Encoding.UTF8);
            mutants.AddRange(mutator.Found);
        }

        return (changed, mutants);
    }

    /// <summary>Makes a folder that holds what the tests' folder does, and names the library in it.</summary>
    private string Shadow(string shadow)
    {
        foreach (string entry in Directory.EnumerateFileSystemEntries(tests))
        {
            string copy = Path.Combine(shadow, Path.GetFileName(entry));

            // The host looks for what is next to the real file, so that the files it begins with are copies.
            if (Path.GetFileName(entry).StartsWith(Tests, StringComparison.Ordinal))
            {
                File.Copy(entry, copy);
            }
            else if (Directory.Exists(entry))
            {
                Directory.CreateSymbolicLink(copy, entry);
            }
            else
            {
                File.CreateSymbolicLink(copy, entry);
            }
        }

        foreach (string own in new[] { "Siamese.Mutation.dll", "Siamese.Mutation.runtimeconfig.json" })
        {
            File.Copy(Path.Combine(AppContext.BaseDirectory, own), Path.Combine(shadow, own), overwrite: true);
        }

        return Path.Combine(shadow, $"{Library}.dll");
    }

    /// <summary>Asks MSBuild for the sources and references of the library.</summary>
    private (string[] Sources, MetadataReference[] References) ReadProject()
    {
        string project = Path.Combine(root, Library, $"{Library}.csproj");
        var start = new ProcessStartInfo("dotnet", ["build", project, "-c", "Release", "-t:Build", "-getItem:Compile", "-getItem:ReferencePathWithRefAssemblies"])
        {
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{project} does not build: {output}");
        }

        using var document = JsonDocument.Parse(output);
        JsonElement items = document.RootElement.GetProperty("Items");
        return (
            [.. Paths("Compile").Distinct()],
            [.. Paths("ReferencePathWithRefAssemblies").Select(path => MetadataReference.CreateFromFile(path))]);

        IEnumerable<string> Paths(string item) => items.GetProperty(item).EnumerateArray().Select(entry => entry.GetProperty("FullPath").GetString()!);
    }
}
