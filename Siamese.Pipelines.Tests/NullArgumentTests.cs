using System.Collections;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.VectorData;
using Microsoft.ML;
using Microsoft.ML.Data;
using Npgsql;
using Siamese.Galleries.Garnet;
using Siamese.Galleries.Postgres;
using Siamese.Pipelines.Clustering;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Evaluation;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx;
using Siamese.Pipelines.Rejection;
using Siamese.Pipelines.Retrieval;
using Siamese.Pipelines.Tests.Faces;
using Siamese.Pipelines.Verification;

namespace Siamese.Pipelines.Tests;

/// <summary>Gives null for each argument of the public members in turn, and lists of nulls for each list.</summary>
public sealed class NullArgumentTests
{
    private static readonly NullabilityInfoContext Nullability = new();

    // They carry what the library found: nobody hands them to it.
    private static readonly Type[] Results =
    [
        typeof(FoundImageFile), typeof(ImageFileSearch), typeof(ImagePair), typeof(Match), typeof(RejectionCalibration), typeof(RetrievalMetrics),
        typeof(SkippedFile), typeof(UnknownLabelMetrics),

        // A connector fills these from what it reads, null among it.
        typeof(GalleryRecord),
    ];

    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _rows;
    private readonly IDataView _others;
    private readonly Gallery _gallery = Gallery.InMemory(new EmbeddingSpace("a network", 2));
    private readonly FaceTemplate _template = new(4, 4, Landmarks);
    private readonly DrawnFaceDetector _detector = new();
    private readonly MLImage _image = MLImage.CreateFromPixels(8, 8, MLPixelFormat.Rgba32, new byte[256]);
    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1");
    private readonly Dictionary<Type, Func<object>> _samples;

    public NullArgumentTests()
    {
        _rows = _ml.Data.LoadFromEnumerable(SmallNetwork.Rows(4));
        _others = _ml.Data.LoadFromEnumerable(SmallNetwork.Rows(5));
        _samples = new()
        {
            [typeof(string)] = () => "a",
            [typeof(Type)] = () => typeof(string),
            [typeof(MLContext)] = () => _ml,
            [typeof(MLImage)] = () => _image,
            [typeof(IDataView)] = () => _rows,
            [typeof(DataViewSchema)] = () => _rows.Schema,
            [typeof(IServiceCollection)] = () => new ServiceCollection(),
            [typeof(ReadOnlyMemory<float>)] = () => new ReadOnlyMemory<float>([1, 2]),
            [typeof(IDictionary<string, string>)] = () => new Dictionary<string, string>(),
            [typeof(IReadOnlyDictionary<string, string>)] = () => new Dictionary<string, string>(),
            [typeof(Expression<Func<GalleryRecord, bool>>)] = () => (Expression<Func<GalleryRecord, bool>>)(record => record.Label == "a"),
            [typeof(MetricLearningCatalog)] = () => _ml.MetricLearning,
            [typeof(EmbeddingSpace)] = () => _gallery.Space,
            [typeof(EmbeddingModel)] = () => SmallNetwork.Create(),
            [typeof(ImageInput)] = () => new ImageInput(4, 4),
            [typeof(ImageEmbedder)] = () => SmallNetwork.Create().CreateEmbedder(),
            [typeof(ImageEmbeddingGenerator)] = () => new ImageEmbeddingGenerator(SmallNetwork.Create()),
            [typeof(ImageEmbeddingEstimator)] = () => _ml.MetricLearning.EmbedImages("Embedding", SmallNetwork.Create(), "Pixels"),
            [typeof(Gallery)] = () => _gallery,
            [typeof(IGallery)] = () => _gallery,
            [typeof(GalleryItem)] = () => new GalleryItem(Guid.NewGuid().ToString(), "Ada", new float[] { 1, 2 }),
            [typeof(GalleryRecord)] = () => new GalleryRecord { Id = Guid.NewGuid().ToString(), Embedding = new float[] { 1, 2 } },
            [typeof(GalleryCollection)] = () => new GalleryCollection(_gallery, "people"),
            [typeof(VectorStoreCollection<string, GalleryRecord>)] = () => new GalleryCollection(_gallery, "people"),
            [typeof(NpgsqlDataSource)] = () => _source,
            [typeof(FaceDetector)] = () => _detector,
            [typeof(FaceLandmarks)] = () => Landmarks,
            [typeof(FaceTemplate)] = () => _template,
            [typeof(FaceModel)] = () => new FaceModel(SmallNetwork.Create(), Network()),
            [typeof(FaceNetwork)] = Network,
            [typeof(FacePicture)] = () => FacePicture.Read(_image),
            [typeof(FaceAligner)] = () => new FaceAligner(_template),
            [typeof(DetectedFace)] = () => new DetectedFace(new FaceBox(0, 0, 4, 4), 1, Landmarks),
            [typeof(FaceEmbedding)] = () => new FaceEmbedding(null, [1, 2]),
            [typeof(FaceDetectionEstimator)] = () => _ml.MetricLearning.DetectFaces(_detector),
            [typeof(FaceAlignmentEstimator)] = () => _ml.MetricLearning.AlignFaces("Face", _template),
            [typeof(Dendrogram)] = () => _ml.MetricLearning.Cluster(_rows, "Pixels"),
            [typeof(OnnxGraphBuilder)] = () => new OnnxGraphBuilder("a graph"),
            [typeof(NearestNeighborsEstimator)] = () => _ml.MetricLearning.NearestNeighbors(),
            [typeof(UnknownScore)] = () => UnknownScore.Energy,
            [typeof(RejectionThreshold)] = () => RejectionThreshold.Fixed(1),
            [typeof(RejectUnknownEstimator)] = () => _ml.MetricLearning.RejectUnknown(UnknownScore.Energy),
        };
    }

    private static FaceLandmarks Landmarks => FaceLandmarks.From([1, 1, 3, 1, 2, 2, 1, 3, 3, 3]);

    [OneTimeTearDown]
    public void Free()
    {
        _gallery.Dispose();
        _detector.Dispose();
        _image.Dispose();
        _source.Dispose();
    }

    [Test]
    public void Null_is_refused_by_the_name_of_the_argument()
    {
        List<string> wrong = [];
        int right = 0;
        foreach (Type type in Types())
        {
            foreach (MethodBase member in Members(type))
            {
                ParameterInfo[] parameters = member.GetParameters();
                foreach (ParameterInfo parameter in parameters)
                {
                    foreach (object? bad in BadValues(parameter))
                    {
                        if (Prepare(type, member, parameter, bad) is { } call)
                        {
                            string? found = Found(call, parameter.Name == "value" && member.Name.StartsWith("set_") ? member.Name.Replace("set_", "") : parameter.Name!);
                            right += found is null ? 1 : 0;
                            if (found is not null)
                            {
                                wrong.Add($"{type.Name}.{member.Name}, {(bad is null ? "null" : "nulls")} for {parameter.Name}: {found}");
                            }
                        }
                    }
                }
            }
        }

        Assert.That(wrong, Is.Empty, string.Join('\n', wrong));
        Assert.That(right, Is.GreaterThan(200), "the members are found");
    }

    [Test]
    public void Null_is_refused_where_reflection_cannot_call()
    {
        void Refused(string name, Action call) => Assert.That(call, Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo(name), name);
        var graph = new OnnxGraphBuilder("a graph");
        var pair = new Dictionary<string, string> { ["key"] = null! };

        Refused("id", () => _gallery.Add(null!, "Ada", [1, 2]));
        Refused("label", () => _gallery.Add("a", null!, [1, 2]));
        Refused("Metadata", () => _ = new GalleryItem("a", "Ada", new float[] { 1, 2 }) { Metadata = pair });
        Refused("Metadata", () => _ = new GalleryFilter { Metadata = pair });
        Refused("name", () => graph.Input(null!, 1));
        Refused("operatorType", () => graph.Node(null!, []));
        Refused("inputs", () => graph.Node("Relu", [null!]));
        Refused("attributes", () => graph.Node("Relu", [graph.Input("x", 1)], [null!]));
        Refused("valueName", () => graph.Output(null!, "y"));
        Refused("name", () => graph.Initializer(null!, [1f], 1));
        Refused("name", () => OnnxAttribute.Ints(null!, 1));
        Refused("name", () => OnnxAttribute.Floats(null!, 1));
        Refused("image", () => ImagePixels.Read(null!, new ImageInput(4, 4), new float[48]));
        Refused("input", () => ImagePixels.Read(_image, null!, new float[48]));
        Refused("image", () => ImagePixels.Read(null!, new ImageInput(4, 4), new byte[48]));
        Refused("unknownLabels", () => RejectionEvaluator.ByLabel([1], [2], [null!]));
    }

    private static IEnumerable<Type> Types() =>
        new[] { typeof(Gallery).Assembly, typeof(GarnetGallery).Assembly, typeof(PostgresGallery).Assembly }
            .SelectMany(assembly => assembly.GetExportedTypes())
            .Where(type => !type.IsInterface && !typeof(Delegate).IsAssignableFrom(type) && !Results.Contains(type) && type.Namespace != "Onnx");

    private static IEnumerable<MethodBase> Members(Type type) => type.GetConstructors().Cast<MethodBase>()
        .Concat(type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(method => !method.IsAbstract && method.GetCustomAttribute<CompilerGeneratedAttribute>() is null || method.Name.StartsWith("set_"))
            .Where(method => method.Name is not ("Equals" or "CompareTo") && !method.Name.StartsWith("get_") && !method.Name.StartsWith("op_"))
            .Select(method => method.IsGenericMethodDefinition ? method.MakeGenericMethod(typeof(float[])) : method));

    private static IEnumerable<object?> BadValues(ParameterInfo parameter)
    {
        Type type = parameter.ParameterType;
        if (type.IsValueType || type.IsByRef)
        {
            yield break;
        }

        if (Nullability.Create(parameter).WriteState == NullabilityState.NotNull)
        {
            yield return null;
        }

        if (ElementOf(type) is { IsValueType: false } element)
        {
            yield return Array.CreateInstance(element, 3);
        }
    }

    private static Type? ElementOf(Type type) =>
        type.IsGenericType && type.GetGenericArguments() is [var element] && typeof(IEnumerable).IsAssignableFrom(type)
        && type.IsAssignableFrom(element.MakeArrayType())
            ? element
            : null;

    /// <summary>Makes a call in which all arguments but one are right; null where the test has no sample of one.</summary>
    private Func<object?>? Prepare(Type type, MethodBase member, ParameterInfo bad, object? value)
    {
        var arguments = new List<object?>();
        foreach (ParameterInfo parameter in member.GetParameters())
        {
            if (parameter.ParameterType.IsByRefLike || !TrySample(parameter, out object? sample))
            {
                return null;
            }

            arguments.Add(parameter == bad ? value : sample);
        }

        object? self = null;
        return member switch
        {
            ConstructorInfo constructor => () => constructor.Invoke([.. arguments]),
            _ when member.IsStatic || TrySample(type, out self) => () => member.Invoke(self, [.. arguments]),
            _ => null,
        };
    }

    private bool TrySample(ParameterInfo parameter, out object? sample)
    {
        sample = parameter.Name switch
        {
            "embeddingColumnName" => "Pixels",
            "labelColumnName" => "Label",
            "connectionString" => "Host=127.0.0.1;Port=1",
            "connection" when parameter.ParameterType == typeof(string) => "127.0.0.1:1",
            "unknown" => _others,
            _ => null,
        };
        if (sample is null && parameter is { HasDefaultValue: true, DefaultValue: { } usual })
        {
            sample = parameter.ParameterType.IsEnum ? Enum.ToObject(parameter.ParameterType, usual) : usual;
        }

        return sample is not null || parameter.ParameterType.IsByRef || (parameter.IsOptional && !parameter.ParameterType.IsValueType)
            || TrySample(parameter.ParameterType, out sample);
    }

    private bool TrySample(Type type, out object? sample)
    {
        sample = null;
        if (_samples.TryGetValue(type, out Func<object>? make))
        {
            sample = make();
        }
        else if (type == typeof(int) || type == typeof(long) || type == typeof(float) || type == typeof(double))
        {
            sample = Convert.ChangeType(1, type);
        }
        else if (ElementOf(type) is { } element && TrySample(element, out object? one))
        {
            sample = Array.CreateInstance(element, 2);
            ((Array)sample).SetValue(one, 0);
            ((Array)sample).SetValue(one, 1);
        }
        else if (typeof(Delegate).IsAssignableFrom(type))
        {
            MethodInfo invoke = type.GetMethod("Invoke")!;
            sample = Expression.Lambda(
                type, Expression.Default(invoke.ReturnType), invoke.GetParameters().Select(parameter => Expression.Parameter(parameter.ParameterType))).Compile();
        }
        else if (type.IsValueType || (!type.IsAbstract && type.GetConstructor(Type.EmptyTypes) is not null))
        {
            sample = Activator.CreateInstance(type);
        }

        return sample is not null;
    }

    /// <summary>Makes a call to its end.</summary>
    /// <returns>What came of it; null for an error that names the argument.</returns>
    private static string? Found(Func<object?> call, string name)
    {
        try
        {
            object? result = call();
            if (result is Task task)
            {
                task.Wait(TimeSpan.FromSeconds(30));
            }
            else if (result is IAsyncEnumerable<object> later)
            {
                later.AnyAsync().AsTask().Wait(TimeSpan.FromSeconds(30));
            }
            else if (result is IEnumerable several)
            {
                several.GetEnumerator().MoveNext();
            }

            return "accepted";
        }
        catch (Exception exception)
        {
            while (exception is TargetInvocationException or AggregateException)
            {
                exception = exception.InnerException!;
            }

            return exception is ArgumentException { ParamName: { } found } && found == name ? null : $"{exception.GetType().Name}: {exception.Message}";
        }
    }

    private static FaceNetwork Network() => new("a network", new ImageInput(4, 4, ColorOrder.Grayscale), new FaceTemplate(4, 4, Landmarks), DistanceMetric.Euclidean);
}
