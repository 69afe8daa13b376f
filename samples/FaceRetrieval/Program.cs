using System.CommandLine;
using Siamese.Pipelines.Faces;
using Siamese.Samples.FaceRetrieval;
using Siamese.Samples.Shared;
using Siamese.Samples.Stores;
using Siamese.Training.Weights;
using Spectre.Console;

// Finds faces again: a folder of photographs by person becomes a gallery that can be asked who somebody is.
// The commands' options are below; what they do is in IndexCommand, FindCommand, ReportCommand and VerifyCommand.

if (Console.IsOutputRedirected)
{
    // A file has no width; the tables shall not be folded at 80 columns.
    AnsiConsole.Profile.Width = 140;
}

var embedder = new Option<string[]>("--embedder")
{
    Description = "An ONNX face network; may be given several times, to compare. Behind a file that does not say which network it is stands =NETWORK, one of "
        + $"{string.Join(", ", FaceNetworks.All.Select(network => network.Name))} (default: the ResNet-34 of 128 components that comes with this sample).",
};
var detector = new Option<string>("--detector")
{
    Description = $"'{FaceNetworkChoice.Ssd}', the detector that comes with this sample, or the file of a YuNet.",
    DefaultValueFactory = _ => FaceNetworkChoice.Ssd,
};
var output = new Option<DirectoryInfo>("--output")
{
    Description = "Where galleries, metrics.json, report.html and its pictures are written.",
    DefaultValueFactory = _ => new DirectoryInfo(Path.Combine("out", "faces")),
};
var store = new Option<string?>("--store") { Description = $"Where the gallery is kept: {GalleryStore.Forms} (default: a file NAME.db in the output folder for each embedder)." };
var face = new Option<FaceSelection>("--face")
{
    Description = "Which face of a photograph is taken: Largest or MostCentral.",
    DefaultValueFactory = _ => FaceSelection.Largest,
};
face.AcceptOnlyFromAmong(nameof(FaceSelection.Largest), nameof(FaceSelection.MostCentral));

var folder = new Argument<DirectoryInfo?>("folder")
{
    Description = "Photographs, each in a folder that names its person, to any depth.",
    Arity = ArgumentArity.ZeroOrOne,
};
var rate = new Option<double>("--false-acceptance")
{
    Description = "The share of strangers, between 0 and 1, who may be taken for somebody.",
    DefaultValueFactory = _ => 0.01,
}.Within(1e-6, 0.5);
var keep = new Option<bool>("--keep") { Description = "Keeps the faces of photographs that are gone from the folder. Without it, the gallery holds what the folder holds." };
var index = new Command("index", "Puts photographs into a gallery. Those that are there already are not read again.") { folder, embedder, detector, face, store, output, rate, keep };
index.SetAction((parsed, cancellation) => WithFolder(parsed, path => IndexCommand.RunAsync(path, Options(parsed), parsed.GetValue(rate), parsed.GetValue(keep), cancellation)));

var photographs = new Argument<string[]>("photograph") { Description = "Image files.", Arity = ArgumentArity.OneOrMore };
var count = new Option<int>("--count") { Description = "How many of the nearest to show.", DefaultValueFactory = _ => 4 }.Within(1, 10_000);
var threshold = new Option<float?>("--threshold") { Description = "The distance beyond which somebody is nobody (default: what index or verify calibrated)." }.Within(0, float.MaxValue);
var find = new Command("find", "Says who is on photographs: the nearest faces of a gallery.") { photographs, count, threshold, embedder, detector, face, store, output };
find.SetAction((parsed, cancellation) => FindCommand.RunAsync(
    parsed.GetRequiredValue(photographs), Options(parsed), parsed.GetValue(count), parsed.GetValue(threshold), cancellation));

var report = new Command("report", "Indexes a folder, measures how well its faces are found, and shows everything in one page.")
{
    folder, embedder, detector, face, store, output, keep,
};
report.SetAction((parsed, cancellation) => WithFolder(parsed, path => ReportCommand.RunAsync(path, Options(parsed), parsed.GetValue(keep), cancellation)));

var pairs = new Argument<FileInfo>("pairs") { Description = "Pairs in the form of Labeled Faces in the Wild's pairs.txt." };
var pairFolder = new Argument<DirectoryInfo>("folder") { Description = "The photographs that the pairs name, as NAME/NAME_0001.jpg." };
var calibrated = new Option<FileInfo?>("--calibrated") { Description = "Where to write the network with the threshold that was found; find then names nobody beyond it." };
var verify = new Command("verify", "Measures how well distances tell whether two photographs are of one person.")
{
    pairs, pairFolder, calibrated, embedder, detector, face, store, output,
};
verify.SetAction((parsed, cancellation) => VerifyCommand.RunAsync(
    parsed.GetRequiredValue(pairs).FullName, parsed.GetRequiredValue(pairFolder).FullName, Options(parsed), parsed.GetValue(calibrated)?.FullName, cancellation));

var weights = new Argument<FileInfo>("weights") { Description = "vgg_face_weights.h5, or a VGG-16 of ImageNet as Keras has it." };
var network = new Argument<FileInfo>("network") { Description = "The ONNX file to write." };
var descriptor = new Option<Vgg16Descriptor>("--descriptor")
{
    Description = "Which layer is the embedding: Fc7 (4,096 components), Fc8 (one for each class it learned) or AveragePool (512).",
    DefaultValueFactory = _ => Vgg16Descriptor.Fc7,
};
var imageNet = new Option<bool>("--imagenet") { Description = "The weights are of ImageNet, and want its mean." };
var import = new Command("import-vggface", "Makes an ONNX network of VGG-Face's weights.") { weights, network, descriptor, imageNet };
import.SetAction(parsed => ImportCommand.RunAsync(
    parsed.GetRequiredValue(weights).FullName, parsed.GetRequiredValue(network).FullName, parsed.GetValue(descriptor), parsed.GetValue(imageNet)));

var root = new RootCommand(
    """
    Finds faces again: makes a gallery of photographs of people, says who is on another photograph, measures and shows how well that goes.

    Faces are personal data. Check the laws that apply before you store photographs, galleries and reports.
    """)
{
    index, find, report, verify, import,
};
root.SetAction(_ => Explain());

// Long enough to write what was read after Ctrl+C.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });

RunOptions Options(ParseResult parsed) => new(
    parsed.GetValue(embedder) ?? [],
    parsed.GetRequiredValue(detector),
    parsed.GetValue(face),
    parsed.GetRequiredValue(output).FullName,
    parsed.GetValue(store));

Task<int> WithFolder(ParseResult parsed, Func<string, Task<int>> run) =>
    parsed.GetValue(folder) is { } given ? run(given.FullName) : Task.FromResult(Explain());

int Explain()
{
    AnsiConsole.WriteLine(
        $"""
        Name a folder of photographs. {PhotographFolder.Layout}

          dotnet run -c Release --project samples/FaceRetrieval -- report photographs

        No photographs of people come with this sample. A small set to begin with is the "5 Celebrity Faces Dataset" by Dan Becker, 118 photographs
        of five people, on Kaggle (dansbecker/5-celebrity-faces-dataset): unpack it, and name its folder "data".
        """);
    return 2;
}
